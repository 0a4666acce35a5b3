package dev.tarn.query.compile;

import dev.tarn.query.CompiledQuery.TableRead;
import dev.tarn.query.Substitutes;
import dev.tarn.query.duckdb.FileBounds;
import dev.tarn.query.duckdb.HotColumns;
import dev.tarn.query.duckdb.RowLineage;
import dev.tarn.query.duckdb.Scan;
import dev.tarn.query.duckdb.ScanFile;
import dev.tarn.query.duckdb.ScanRequest;
import dev.tarn.query.duckdb.ScanRequest.About;
import dev.tarn.query.duckdb.ScanSql;
import dev.tarn.query.plan.LakeColumnHandle;
import dev.tarn.query.plan.LakeTableHandle;
import dev.tarn.query.plan.SystemRows;
import io.trino.Session;
import io.trino.spi.Page;
import io.trino.spi.connector.ColumnHandle;
import io.trino.spi.type.Type;
import io.trino.spi.type.TypeUtils;
import io.trino.sql.ir.Expression;
import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.plan.TableScanNode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.types.Types;

/// Scans of lake tables as `read_parquet` over the snapshot's files, and of system tables as their rows.
final class LakeTables implements Tables {
    private final Session session;
    private final ScanSql scans;
    private final SystemRows systemRows;
    private final List<TableRead> reads = new ArrayList<>();
    private final Map<String, NarrowDecimals.Range> ranges = new HashMap<>();
    private final Set<String> opened = new LinkedHashSet<>();
    private HotColumns.Use hot = HotColumns.Use.none();
    private boolean lakeOnly = true;
    private boolean plainDelete;
    private boolean choosingFiles;
    private org.apache.iceberg.expressions.Expression chosen = Expressions.alwaysTrue();
    private Optional<ChangedScan> changed = Optional.empty();

    /// The scan of the table that the statement changes.
    ///
    /// @param whole numbers of the files in which every row satisfies the filter, which are not read
    record ChangedScan(List<ScanFile> files, List<Integer> whole, org.apache.iceberg.expressions.Expression filter) {}

    LakeTables(Session session, ScanSql scans, SystemRows systemRows) {
        this.session = session;
        this.scans = scans;
        this.systemRows = systemRows;
    }

    /// For a query that may read copies of columns.
    LakeTables reading(HotColumns.Use copies) {
        hot = copies;
        return this;
    }

    /// For a statement that changes rows.
    ///
    /// @param isPlainDelete whether it deletes exactly the rows of one scan that satisfy its conditions
    LakeTables changing(boolean isPlainDelete) {
        plainDelete = isPlainDelete;
        return this;
    }

    /// For a statement whose conditions choose files, and not rows: they must be decided from metadata.
    LakeTables choosingFiles() {
        choosingFiles = true;
        return this;
    }

    /// What the conditions of such a statement say.
    org.apache.iceberg.expressions.Expression chosen() {
        return chosen;
    }

    /// The scan of the table that is changed, when the plan has kept it.
    Optional<ChangedScan> changed() {
        return changed;
    }

    /// The lake tables read so far.
    List<TableRead> reads() {
        return reads.stream().distinct().toList();
    }

    /// The locations of the files that the statement opens.
    List<String> opened() {
        return List.copyOf(opened);
    }

    /// Whether nothing but lake tables was read, so that the same snapshots give the same rows.
    boolean lakeOnly() {
        return lakeOnly;
    }

    @Override
    public Select scan(TableScanNode scan, List<Expression> conjuncts) {
        return scan.getTable().connectorHandle() instanceof LakeTableHandle table
                ? lake(scan, table, conjuncts)
                : system(scan, conjuncts);
    }

    private Select lake(TableScanNode scan, LakeTableHandle table, List<Expression> conjuncts) {
        reads.add(new TableRead(table.name().getSchemaName(), table.name().getTableName(), table.snapshotId()));
        Map<String, Select.Column> columns = new LinkedHashMap<>();
        Map<Integer, Types.NestedField> fields = new LinkedHashMap<>();
        Map<String, LakeColumnHandle> handles = new LinkedHashMap<>();
        Set<About> about = EnumSet.noneOf(About.class);
        for (Symbol symbol : scan.getOutputSymbols()) {
            LakeColumnHandle handle = (LakeColumnHandle) scan.getAssignments().get(symbol);
            Optional<About> asked = about(handle);
            if (asked.isPresent()) {
                about.add(asked.get());
                columns.put(symbol.name(), new Select.Column(Select.name(aboutName(handle)), true));
                continue;
            }
            Types.NestedField field = table.schema().findField(handle.fieldId());
            fields.put(field.fieldId(), field);
            handles.put(symbol.name(), handle);
            columns.put(symbol.name(), new Select.Column(Select.name(field.name()), true));
        }
        Optional<List<ScanFile>> files = substitute(table);
        if (table.snapshotId().isEmpty() && files.isEmpty()) {
            return Values.empty(scan.getOutputSymbols());
        }
        FileFilter filter = new FileFilter(handles);
        ScanRequest request =
                new ScanRequest(table.snapshotId(), filter.all(conjuncts), List.copyOf(fields.values()), about);
        if (choosingFiles) {
            if (!filter.isComplete()) {
                throw Refused.because("A WHERE that cannot be decided from partitions and statistics");
            }
            chosen = request.filter();
        }
        Scan planned = scan.getAssignments().containsValue(LakeColumnHandle.ROW_ID)
                ? changed(table, request, plainDelete && filter.isComplete())
                : files.map(some -> ScanSql.of(table.table(), request, some))
                        .orElseGet(() -> hot.scan(scans, table.table(), request));
        opened.addAll(planned.opened());
        handles.forEach((symbol, handle) -> FileBounds.decimals(
                        table.schema().findField(handle.fieldId()), planned.files())
                .ifPresent(bounds -> ranges.put(symbol, new NarrowDecimals.Range(bounds.low(), bounds.high()))));
        Select select = Select.of(planned.sql(), columns);
        // A column's own name could be taken for the symbol of an outer query: only symbols may be seen above.
        return select.nested();
    }

    private static Optional<List<ScanFile>> substitute(LakeTableHandle table) {
        return Substitutes.of(TableIdentifier.of(
                        Namespace.of(table.name().getSchemaName()), table.name().getTableName()))
                .flatMap(Substitutes.Substitute::files);
    }

    @Override
    public Optional<List<ScanFile>> whole(TableScanNode scan, List<Expression> conjuncts) {
        if (!(scan.getTable().connectorHandle() instanceof LakeTableHandle table)
                || choosingFiles
                || scan.getAssignments().containsValue(LakeColumnHandle.ROW_ID)) {
            return Optional.empty();
        }
        Map<String, LakeColumnHandle> handles = new LinkedHashMap<>();
        scan.getAssignments().forEach((symbol, handle) -> {
            if (about((LakeColumnHandle) handle).isEmpty()) {
                handles.put(symbol.name(), (LakeColumnHandle) handle);
            }
        });
        FileFilter filter = new FileFilter(handles);
        ScanRequest request = new ScanRequest(table.snapshotId(), filter.all(conjuncts), List.of(), false);
        if (!filter.isComplete()) {
            return Optional.empty();
        }
        Optional<List<ScanFile>> substitute = substitute(table);
        List<ScanFile> files = substitute.isEmpty() && table.snapshotId().isEmpty()
                ? List.of()
                : substitute.orElseGet(() -> scans.files(table.table(), request));
        boolean everything = request.filter().op() == org.apache.iceberg.expressions.Expression.Operation.TRUE;
        WholeFiles covered = new WholeFiles(table.table(), request.filter());
        for (ScanFile file : files) {
            if (!(everything ? file.deletes().isEmpty() : covered.test(file))) {
                return Optional.empty();
            }
        }
        reads.add(new TableRead(table.name().getSchemaName(), table.name().getTableName(), table.snapshotId()));
        return Optional.of(files);
    }

    private static Optional<About> about(LakeColumnHandle column) {
        if (column.equals(LakeColumnHandle.ROW_ID) || column.equals(LakeColumnHandle.PATH)) {
            return Optional.of(About.POSITION);
        } else if (column.equals(LakeColumnHandle.PARTITION)) {
            return Optional.of(About.PARTITION);
        } else if (column.equals(LakeColumnHandle.LINEAGE_ID) || column.equals(LakeColumnHandle.LINEAGE_SEQUENCE)) {
            return Optional.of(About.LINEAGE);
        }
        return column.equals(LakeColumnHandle.MODIFIED) ? Optional.of(About.MODIFIED) : Optional.empty();
    }

    /// The name of such a column in a scan.
    private static String aboutName(LakeColumnHandle column) {
        if (column.equals(LakeColumnHandle.LINEAGE_ID)) {
            return RowLineage.ID;
        }
        return column.equals(LakeColumnHandle.LINEAGE_SEQUENCE) ? RowLineage.SEQUENCE : column.name();
    }

    private Scan changed(LakeTableHandle table, ScanRequest request, boolean wholeFiles) {
        List<ScanFile> files = scans.files(table.table(), request);
        WholeFiles covered = new WholeFiles(table.table(), request.filter());
        List<Integer> whole = new ArrayList<>();
        List<Integer> rest = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            (wholeFiles && covered.test(files.get(i)) ? whole : rest).add(i);
        }
        changed = Optional.of(new ChangedScan(files, whole, request.filter()));
        return ScanSql.of(table.table(), request, rest.stream().map(files::get).toList(), rest);
    }

    @Override
    public Optional<NarrowDecimals.Range> range(String symbol) {
        return Optional.ofNullable(ranges.get(symbol));
    }

    private Select system(TableScanNode scan, List<Expression> conjuncts) {
        lakeOnly = false;
        List<Symbol> symbols = scan.getOutputSymbols();
        List<ColumnHandle> handles = symbols.stream()
                .map(symbol -> scan.getAssignments().get(symbol))
                .toList();
        List<String> rows = new ArrayList<>();
        for (Page page : systemRows.read(session, scan, handles, conjuncts)) {
            for (int at = 0; at < page.getPositionCount(); at++) {
                rows.add(row(symbols, page, at));
            }
        }
        if (rows.isEmpty()) {
            return Values.empty(symbols);
        }
        if (symbols.isEmpty()) {
            return Select.from("range(" + rows.size() + ")", List.of());
        }
        return Values.of(symbols, rows);
    }

    private static String row(List<Symbol> symbols, Page page, int position) {
        List<String> cells = new ArrayList<>();
        for (int i = 0; i < symbols.size(); i++) {
            Type type = symbols.get(i).type();
            cells.add(Literals.of(type, TypeUtils.readNativeValue(type, page.getBlock(i), position)));
        }
        return "(" + String.join(", ", cells) + ")";
    }
}
