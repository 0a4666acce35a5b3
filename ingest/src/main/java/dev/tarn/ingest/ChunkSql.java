package dev.tarn.ingest;

import dev.tarn.ingest.read.Chunk;
import dev.tarn.ingest.read.SourceFile;
import dev.tarn.query.duckdb.DuckTypes;
import dev.tarn.query.duckdb.SqlText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/// A chunk as DuckDB queries: the rows of the table, and of JSON also the records that do not fit, as rejects.
final class ChunkSql {
    /// A column of a chunk.
    ///
    /// @param name the table's column
    /// @param text the name of its value in [#rows]
    private record Column(String name, String text) {}

    private final Chunk chunk;
    private final List<SourceFile> files;
    private final String loadedAt;
    private final List<Column> columns = new ArrayList<>();
    private final String rows;

    private ChunkSql(Chunk chunk, List<SourceFile> files, String loadedAt, List<String> names, String rows) {
        this.chunk = chunk;
        this.files = files;
        this.loadedAt = loadedAt;
        this.rows = rows;
        for (String name : names) {
            columns.add(new Column(name, "v" + columns.size()));
        }
    }

    /// Of CSV records, whose values have their columns' types.
    ///
    /// @param loadedAt the time of the load as a DuckDB expression
    static ChunkSql csv(Chunk chunk, List<SourceFile> files, String loadedAt) {
        return new ChunkSql(
                chunk,
                files,
                loadedAt,
                List.copyOf(ColumnNames.of(chunk.columns()).values()),
                "SELECT * FROM " + read(chunk));
    }

    /// The JSON objects of a chunk, with their validity: columns f, l, j.
    static String jsonObjects(Chunk chunk) {
        return "SELECT f, l, v0 AS j, CASE WHEN json_valid(v0) THEN json_type(v0) = 'OBJECT' ELSE false END AS whole FROM "
                + read(chunk);
    }

    /// Of JSON objects.
    ///
    /// @param keys the keys that become columns, each with the column's name
    static ChunkSql json(Chunk chunk, Map<String, String> keys, List<SourceFile> files, String loadedAt) {
        List<String> pointers = keys.keySet().stream()
                .map(key -> "/" + key.replace("~", "~0").replace("/", "~1"))
                .toList();
        StringBuilder values = new StringBuilder();
        for (int i = 0; i < pointers.size(); i++) {
            values.append(", x[").append(i + 1).append("] AS v").append(i);
        }
        return new ChunkSql(
                chunk,
                files,
                loadedAt,
                List.copyOf(keys.values()),
                "SELECT f, l, j, whole" + values + " FROM (SELECT *, CASE WHEN whole THEN json_extract_string(j, "
                        + SqlText.strings(pointers) + ") END AS x FROM (" + jsonObjects(chunk) + "))");
    }

    private static String read(Chunk chunk) {
        return "read_parquet(" + SqlText.string(chunk.path().toString()) + ")";
    }

    /// The names of the table's columns that it has values for.
    List<String> columns() {
        return columns.stream().map(Column::name).toList();
    }

    /// The rows of the table, as a SELECT with a column for each of its columns.
    String accepted(Schema schema) {
        List<String> out = new ArrayList<>();
        for (Types.NestedField field : schema.columns()) {
            out.add(value(field) + " AS " + SqlText.identifier(field.name()));
        }
        return "SELECT " + String.join(", ", out) + " FROM ("
                + (chunk.json() ? typedRows(schema) + ") WHERE " + allFit(schema) : rows + ")");
    }

    /// The JSON records that do not fit, as rows of the rejects table.
    String rejected(Schema schema) {
        StringBuilder reason = new StringBuilder("CASE WHEN NOT whole THEN 'not a JSON object'");
        for (Column column : columns) {
            Type type = schema.findType(column.name());
            reason.append(" WHEN NOT ")
                    .append(fits(column, type))
                    .append(" THEN ")
                    .append(SqlText.string(column.name() + ": '"))
                    .append(" || left(")
                    .append(column.text())
                    .append(", 200) || ")
                    .append(SqlText.string("' is not a value of type " + type));
        }
        return "SELECT " + sourceFile() + " AS source_file, l AS line, j AS text, " + reason
                + " END AS reason, " + loadedAt + " AS loaded_at FROM (" + typedRows(schema) + ") WHERE NOT ("
                + allFit(schema) + ")";
    }

    /// How many JSON records of each file do not fit: columns f and n.
    String rejectedPerFile(Schema schema) {
        return "SELECT f, count(*) AS n FROM (" + typedRows(schema) + ") WHERE NOT (" + allFit(schema) + ") GROUP BY f";
    }

    private String value(Types.NestedField field) {
        return switch (field.name()) {
            case Bookkeeping.SOURCE_FILE -> sourceFile();
            case Bookkeeping.SOURCE_LINE -> "l";
            case Bookkeeping.LOADED_AT -> loadedAt;
            default ->
                columns.stream()
                        .filter(column -> column.name().equals(field.name()))
                        .findFirst()
                        .map(column -> chunk.json() ? typedName(column) : column.text())
                        .orElse("CAST(NULL AS " + DuckTypes.sql(field.type()) + ")");
        };
    }

    private String sourceFile() {
        List<String> paths = files.subList(chunk.firstFile(), chunk.lastFile() + 1).stream()
                .map(SourceFile::path)
                .map(Path::toString)
                .toList();
        return paths.size() == 1
                ? SqlText.string(paths.getFirst())
                : "list_extract(" + SqlText.strings(paths) + ", f - " + (chunk.firstFile() - 1) + ")";
    }

    private String typedRows(Schema schema) {
        return "SELECT *, "
                + columns.stream()
                        .map(column -> typed(column, schema) + " AS " + typedName(column))
                        .collect(Collectors.joining(", "))
                + " FROM (" + rows + ")";
    }

    private static String typed(Column column, Schema schema) {
        return TextTypes.typed(schema.findType(column.name()), text(column, schema));
    }

    /// A quoted empty field is an empty text, and no value of any other type.
    private static String text(Column column, Schema schema) {
        return schema.findType(column.name()).typeId() == Type.TypeID.STRING
                ? column.text()
                : "nullif(" + column.text() + ", '')";
    }

    private String allFit(Schema schema) {
        List<String> conditions = new ArrayList<>(List.of("whole"));
        for (Column column : columns) {
            Type type = schema.findType(column.name());
            if (type.typeId() != Type.TypeID.STRING) {
                conditions.add(fits(column, type));
            }
        }
        return String.join(" AND ", conditions);
    }

    private static String fits(Column column, Type type) {
        return "coalesce(" + column.text() + " IS NULL OR " + column.text() + " = '' OR ("
                + TextTypes.fits(type, column.text(), typedName(column)) + "), false)";
    }

    private static String typedName(Column column) {
        return "t" + column.text().substring(1);
    }
}
