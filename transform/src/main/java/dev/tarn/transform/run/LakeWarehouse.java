package dev.tarn.transform.run;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.ResultColumn;
import dev.tarn.query.plan.MaterializedViews;
import dev.tarn.transform.context.ColumnInfo;
import dev.tarn.transform.context.ResultTable;
import dev.tarn.transform.context.Warehouse;
import dev.tarn.transform.project.Relation;
import io.trino.spi.type.DateType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.Type;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchViewException;
import org.apache.iceberg.view.View;
import org.jspecify.annotations.Nullable;

/// The lake through its SQL engine and catalog, on one branch.
///
/// @param engine asked for when the first statement needs it
/// @param catalog the catalog on the session's branch
public record LakeWarehouse(Supplier<QueryEngine> engine, QuerySession session, LakeCatalog catalog)
        implements Warehouse {
    private static final int ROWS_MAX = 1_000_000;

    @Override
    public ResultTable query(String sql) {
        try (QueryResult result = engine.get().execute(session, sql)) {
            List<ResultColumn> columns = result.columns();
            List<List<@Nullable Object>> rows = new ArrayList<>();
            for (List<List<@Nullable Object>> page = result.next(); !page.isEmpty(); page = result.next()) {
                for (List<@Nullable Object> row : page) {
                    rows.add(converted(columns, row));
                }
                if (rows.size() > ROWS_MAX) {
                    throw new TarnException(
                            ErrorCode.LIMIT_EXCEEDED,
                            "a query of a template answers with more than " + ROWS_MAX + " rows: aggregate in SQL");
                }
            }
            return new ResultTable(infos(columns), rows);
        }
    }

    private static List<@Nullable Object> converted(List<ResultColumn> columns, List<@Nullable Object> row) {
        List<@Nullable Object> values = new ArrayList<>(row.size());
        for (int i = 0; i < row.size(); i++) {
            values.add(converted(columns.get(i).type(), row.get(i)));
        }
        return values;
    }

    /// As Python's client of Trino gives them: whole numbers, decimals, dates and moments.
    private static @Nullable Object converted(Type type, @Nullable Object value) {
        return switch (value) {
            case Integer number -> number.longValue();
            case Float number -> number.doubleValue();
            case String text ->
                switch (type) {
                    case DecimalType decimal -> new BigDecimal(text);
                    case DateType date -> moment(text, LocalDate::parse);
                    case TimestampType timestamp -> moment(text, each -> LocalDateTime.parse(each.replace(' ', 'T')));
                    default -> text;
                };
            case null -> null;
            case Object other -> other;
        };
    }

    /// A moment outside of what a year of four digits can say stays a text.
    private static Object moment(String text, Function<String, Object> parser) {
        try {
            return parser.apply(text);
        } catch (DateTimeParseException e) {
            return text;
        }
    }

    private static List<ColumnInfo> infos(List<ResultColumn> columns) {
        return columns.stream()
                .map(column -> new ColumnInfo(column.name(), column.type().getDisplayName()))
                .toList();
    }

    @Override
    public long execute(String sql) {
        try (QueryResult result = engine.get().execute(session, sql)) {
            while (!result.next().isEmpty()) {
                // A statement has run when its last page has been read.
            }
            return result.updateCount().orElse(0);
        }
    }

    @Override
    public Optional<Relation> find(Relation relation) {
        TableIdentifier name = name(relation);
        if (catalog.tableExists(name)) {
            return Optional.of(relation.withType("table"));
        }
        try {
            View view = catalog.loadView(name);
            return Optional.of(relation.withType(MaterializedViews.is(view) ? "materialized_view" : "view"));
        } catch (NoSuchViewException | NoSuchNamespaceException e) {
            return Optional.empty();
        }
    }

    @Override
    public List<ColumnInfo> columns(Relation relation) {
        return find(relation).isEmpty() ? List.of() : describe("SELECT * FROM " + relation);
    }

    @Override
    public List<ColumnInfo> describe(String query) {
        return infos(engine.get().describe(session, query));
    }

    @Override
    public List<Relation> list(String database, String schema) {
        Namespace namespace = Namespace.of(schema);
        List<Relation> relations = new ArrayList<>();
        if (catalog.namespaceExists(namespace)) {
            catalog.listTables(namespace).stream()
                    .filter(name -> !MaterializedViews.isStorage(name))
                    .forEach(name -> relations.add(new Relation(database, schema, name.name(), "table")));
            catalog.listViews(namespace)
                    .forEach(name -> find(new Relation(database, schema, name.name(), null))
                            .ifPresent(relations::add));
        }
        return relations;
    }

    @Override
    public List<String> schemas() {
        return catalog.listNamespaces().stream().map(Namespace::toString).toList();
    }

    @Override
    public void createSchema(String schema) {
        Namespace namespace = Namespace.of(schema);
        try {
            if (!catalog.namespaceExists(namespace)) {
                catalog.createNamespace(namespace);
            }
        } catch (AlreadyExistsException e) {
            // Another step made it first.
        }
    }

    private static TableIdentifier name(Relation relation) {
        return TableIdentifier.of(String.valueOf(relation.schema()), String.valueOf(relation.identifier()));
    }
}
