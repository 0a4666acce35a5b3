package dev.tarn.serve.quality;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.Lake;
import dev.tarn.query.duckdb.DataFileWriter;
import dev.tarn.query.duckdb.DuckDb;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.OverwriteFiles;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.types.Types;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;

/// The tables `monitoring.quality`, `monitoring.drift` and `monitoring.distributions`. A day's rows are replaced
/// together.
final class QualityTables {
    static final TableIdentifier QUALITY = TableIdentifier.of("monitoring", "quality");
    static final TableIdentifier DRIFT = TableIdentifier.of("monitoring", "drift");
    static final TableIdentifier DISTRIBUTIONS = TableIdentifier.of("monitoring", "distributions");

    private final Lake lake;
    private final Supplier<DuckDb> duckDb;

    QualityTables(Lake lake, Supplier<DuckDb> duckDb) {
        this.lake = lake;
        this.duckDb = duckDb;
    }

    static Schema schema(TableIdentifier name) {
        List<Types.NestedField> fields = new ArrayList<>();
        String[] columns = columns(name);
        for (int i = 0; i < columns.length; i++) {
            String[] column = columns[i].split(" ", 2);
            fields.add(Types.NestedField.optional(
                    i + 1,
                    column[0],
                    switch (column[1]) {
                        case "date" -> Types.DateType.get();
                        case "bigint" -> Types.LongType.get();
                        case "double" -> Types.DoubleType.get();
                        default -> Types.StringType.get();
                    }));
        }
        return new Schema(fields);
    }

    private static String[] columns(TableIdentifier name) {
        String group = "day date,service varchar,model varchar,model_version bigint,slice varchar,slice_value varchar,";
        return (group
                        + switch (name.name()) {
                            case "quality" ->
                                "predictions bigint,said_positive bigint,mean_probability double,labels bigint,positives bigint,"
                                        + "auc double,average_precision double,precision double,recall double,log_loss double,"
                                        + "brier double";
                            case "drift" ->
                                "variable varchar,reference varchar,rows bigint,stability_index double,jensen_shannon double";
                            default -> "variable varchar,bin varchar,rows bigint";
                        })
                .split(",", -1);
    }

    /// Replaces a day's rows of a table, which is made when it is not there.
    ///
    /// @param rows values in the order of the columns, the day first
    void replace(TableIdentifier name, LocalDate day, List<@Nullable Object[]> rows) {
        Table table = table(name);
        OverwriteFiles overwrite =
                table.newOverwrite().overwriteByRowFilter(Expressions.equal("day", Math.toIntExact(day.toEpochDay())));
        write(table, name, rows).forEach(overwrite::addFile);
        overwrite.commit();
    }

    private List<DataFile> write(Table table, TableIdentifier name, List<@Nullable Object[]> rows) {
        String[] columns = columns(name);
        List<String> raw = new ArrayList<>();
        List<String> typed = new ArrayList<>();
        for (int i = 0; i < columns.length; i++) {
            String[] column = columns[i].split(" ", 2);
            raw.add("c" + i + " VARCHAR");
            typed.add("CAST(c" + i + " AS " + column[1].toUpperCase(java.util.Locale.ROOT) + ") AS \"" + column[0]
                    + "\"");
        }
        try (DuckDBConnection connection = duckDb.get().connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TEMP TABLE judged (" + String.join(", ", raw) + ")");
            try (DuckDBAppender appender = connection.createAppender("judged")) {
                for (@Nullable Object[] row : rows) {
                    appender.beginRow();
                    for (Object value : row) {
                        boolean none = value == null || (value instanceof Double number && !Double.isFinite(number));
                        if (none) {
                            appender.appendNull();
                        } else {
                            appender.append(String.valueOf(value));
                        }
                    }
                    appender.endRow();
                }
            }
            return DataFileWriter.write(connection, table, "SELECT " + String.join(", ", typed) + " FROM judged");
        } catch (SQLException e) {
            throw new TarnException(
                    ErrorCode.STORAGE_FAILED, "the rows of " + name + " cannot be written: " + e.getMessage(), e);
        }
    }

    private Table table(TableIdentifier name) {
        if (lake.main().tableExists(name)) {
            return lake.main().loadTable(name);
        }
        Namespace namespace = name.namespace();
        if (!lake.main().namespaceExists(namespace)) {
            lake.main().createNamespace(namespace);
        }
        Schema schema = schema(name);
        return lake.main()
                .createTable(
                        name,
                        schema,
                        PartitionSpec.builderFor(schema).identity("day").build());
    }

    boolean exists(TableIdentifier name) {
        return lake.main().tableExists(name);
    }
}
