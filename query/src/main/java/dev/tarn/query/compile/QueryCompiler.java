package dev.tarn.query.compile;

import dev.tarn.query.CompiledQuery;
import dev.tarn.query.ResultColumn;
import dev.tarn.query.duckdb.HotColumns;
import dev.tarn.query.duckdb.ScanSql;
import dev.tarn.query.plan.LakeTableHandle;
import dev.tarn.query.plan.Planner.Planned;
import dev.tarn.query.plan.Predictions;
import dev.tarn.query.plan.SystemRows;
import io.trino.sql.PlannerContext;
import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.plan.MergeWriterNode;
import io.trino.sql.planner.plan.OutputNode;
import io.trino.sql.planner.plan.PlanNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;

/// Compiles planned queries. Safe for any number of threads.
public final class QueryCompiler {
    private final PlannerContext context;
    private final ScanSql scans;
    private final SystemRows systemRows;
    private final JavaFunctions functions;
    private final String catalog;
    private final Predictions predictions;

    /// @param catalog the lake catalog's name
    public QueryCompiler(
            PlannerContext context,
            ScanSql scans,
            SystemRows systemRows,
            JavaFunctions functions,
            String catalog,
            Predictions predictions) {
        this.catalog = catalog;
        this.predictions = predictions;
        this.context = context;
        this.scans = scans;
        this.systemRows = systemRows;
        this.functions = functions;
    }

    /// A compiled query and whether the same snapshots give the same statement.
    ///
    /// @param models the model versions that it predicts with, such as `card_fraud version 3`
    public record Compiled(CompiledQuery query, boolean lakeOnly, Set<String> models) {}

    /// A query whose plan ends in an output; its columns are named `c0`, `c1`, ….
    public Compiled query(Planned planned) {
        return query(planned, HotColumns.Use.none());
    }

    /// @param hot the copies of columns that it may read
    public Compiled query(Planned planned, HotColumns.Use hot) {
        OutputNode output = (OutputNode) planned.root();
        List<ResultColumn> columns = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < output.getColumnNames().size(); i++) {
            columns.add(new ResultColumn(
                    output.getColumnNames().get(i),
                    output.getOutputSymbols().get(i).type()));
            names.add("c" + i);
        }
        return rows(planned, output.getSource(), output.getOutputSymbols(), names, columns, hot);
    }

    /// What a DELETE, UPDATE or MERGE changes.
    public RowChanges.Compiled changes(Planned planned, MergeWriterNode writer) {
        LakeTables tables =
                new LakeTables(planned.session(), scans, systemRows).changing(RowChanges.isPlainDelete(writer));
        RelationCompiler compiler =
                new RelationCompiler(context, planned.session(), functions, catalog, predictions, tables);
        compiler.prune(writer);
        Select rows = RowChanges.rows(compiler, writer);
        LakeTableHandle handle =
                (LakeTableHandle) writer.getTarget().getHandle().connectorHandle();
        return tables.changed()
                .map(scan -> new RowChanges.Compiled(
                        handle,
                        scan.whole().size() == scan.files().size() && RowChanges.isPlainDelete(writer)
                                ? Optional.empty()
                                : Optional.of(rows.sql()),
                        scan.files(),
                        scan.whole(),
                        scan.filter(),
                        compiler.expressions.held()))
                .orElseGet(() -> new RowChanges.Compiled(
                        handle,
                        Optional.of(rows.sql()),
                        List.of(),
                        List.of(),
                        Expressions.alwaysTrue(),
                        compiler.expressions.held()));
    }

    /// What rows that pass a filtered scan of a lake table satisfy, as Iceberg decides it from metadata.
    ///
    /// @throws io.trino.spi.TrinoException `NOT_SUPPORTED` when some condition cannot be decided so
    public Expression fileFilter(Planned planned, PlanNode node) {
        LakeTables tables = new LakeTables(planned.session(), scans, systemRows).choosingFiles();
        RelationCompiler compiler =
                new RelationCompiler(context, planned.session(), functions, catalog, predictions, tables);
        compiler.prune(node);
        compiler.compile(node);
        return tables.chosen();
    }

    /// The rows of a node within a plan, as columns of the names given.
    public Compiled rows(
            Planned planned, PlanNode node, List<Symbol> symbols, List<String> names, List<ResultColumn> columns) {
        return rows(planned, node, symbols, names, columns, HotColumns.Use.none());
    }

    private Compiled rows(
            Planned planned,
            PlanNode node,
            List<Symbol> symbols,
            List<String> names,
            List<ResultColumn> columns,
            HotColumns.Use hot) {
        LakeTables tables = new LakeTables(planned.session(), scans, systemRows).reading(hot);
        RelationCompiler compiler =
                new RelationCompiler(context, planned.session(), functions, catalog, predictions, tables);
        compiler.prune(node);
        compiler.share(node);
        Select source = compiler.compile(node);
        Map<String, Select.Column> outputs = new LinkedHashMap<>();
        for (int i = 0; i < symbols.size(); i++) {
            outputs.put(names.get(i), source.columns().get(symbols.get(i).name()));
        }
        List<ResultColumn> zoned = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            ResultColumn column = columns.get(i);
            zoned.add(new ResultColumn(
                    column.name(),
                    column.type(),
                    compiler.expressions.zones().of(symbols.get(i).toSymbolReference())));
        }
        return new Compiled(
                new CompiledQuery(
                        compiler.with() + source.withColumns(outputs).sql(),
                        zoned,
                        tables.reads(),
                        tables.opened(),
                        compiler.expressions.held()),
                tables.lakeOnly(),
                compiler.expressions.models());
    }
}
