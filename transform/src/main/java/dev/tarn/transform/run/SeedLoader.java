package dev.tarn.transform.run;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.context.Warehouse;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.Relation;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Loads a seed: a small CSV file of the project becomes a table, with types told from its values unless
/// `column_types` names them.
final class SeedLoader {
    private static final int ROWS_PER_STATEMENT = 2_000;
    private static final int FILE_BYTES_MAX = 64 << 20;
    private static final Pattern INTEGER = Pattern.compile("[+-]?\\d{1,18}");
    private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
    private static final Pattern BOOLEAN = Pattern.compile("true|false", Pattern.CASE_INSENSITIVE);
    private static final Pattern DATE = Pattern.compile("\\d{4}-\\d\\d-\\d\\d");
    private static final Pattern TIMESTAMP =
            Pattern.compile("\\d{4}-\\d\\d-\\d\\d[ T]\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,6})?)?");

    private final Warehouse warehouse;

    SeedLoader(Warehouse warehouse) {
        this.warehouse = warehouse;
    }

    /// The file's text, which tells whether the seed has changed.
    static String read(Node node) {
        try {
            if (Files.size(node.file()) > FILE_BYTES_MAX) {
                throw new TarnException(
                        ErrorCode.LIMIT_EXCEEDED,
                        node.path() + ": a seed is a small file, of " + (FILE_BYTES_MAX >> 20)
                                + " MB at most: load this one with a source");
            }
            return Files.readString(node.file());
        } catch (IOException e) {
            throw new TarnException(
                    ErrorCode.CONFIG_INVALID, node.path() + ": cannot be read as UTF-8 text: " + e.getMessage(), e);
        }
    }

    Outcome load(Node node) {
        String delimiter = node.config().text("delimiter").orElse(",");
        List<List<@Nullable String>> lines = Csv.parse(node.path(), read(node), delimiter.charAt(0));
        if (lines.isEmpty()) {
            throw new TarnException(ErrorCode.CONFIG_INVALID, node.path() + ":1: the line of column names is missing");
        }
        List<String> names = lines.getFirst().stream()
                .map(String::valueOf)
                .map(String::strip)
                .toList();
        List<List<@Nullable String>> rows = lines.subList(1, lines.size());
        List<String> types = types(node, names, rows);
        warehouse.createSchema(String.valueOf(node.relation().schema()));
        Relation relation = node.relation();
        String select = select(names, types);
        warehouse.execute("CREATE OR REPLACE TABLE " + relation + " AS\n" + select
                + values(rows.subList(0, Math.min(rows.size(), ROWS_PER_STATEMENT)), names.size()));
        for (int from = ROWS_PER_STATEMENT; from < rows.size(); from += ROWS_PER_STATEMENT) {
            warehouse.execute("INSERT INTO " + relation + "\n" + select
                    + values(rows.subList(from, Math.min(rows.size(), from + ROWS_PER_STATEMENT)), names.size()));
        }
        return new Outcome(OptionalLong.of(rows.size()), "seed", "");
    }

    private static String select(List<String> names, List<String> types) {
        StringJoiner columns = new StringJoiner(", ", "SELECT ", " FROM ");
        for (int i = 0; i < names.size(); i++) {
            columns.add("CAST(c" + i + " AS " + types.get(i) + ") AS " + Relation.quoted(names.get(i)));
        }
        return columns.toString();
    }

    private static String values(List<List<@Nullable String>> rows, int width) {
        StringJoiner names = new StringJoiner(", ", " t(", ")");
        for (int i = 0; i < width; i++) {
            names.add("c" + i);
        }
        if (rows.isEmpty()) {
            StringJoiner nulls = new StringJoiner(", ", "(VALUES (", "))");
            for (int i = 0; i < width; i++) {
                nulls.add("CAST(NULL AS varchar)");
            }
            return nulls + names.toString() + " WHERE false";
        }
        StringJoiner all = new StringJoiner(",\n", "(VALUES\n", ")");
        for (List<@Nullable String> row : rows) {
            StringJoiner one = new StringJoiner(", ", "(", ")");
            row.forEach(
                    value -> one.add(value == null ? "CAST(NULL AS varchar)" : "'" + value.replace("'", "''") + "'"));
            all.add(one.toString());
        }
        return all + names.toString();
    }

    private static List<String> types(Node node, List<String> names, List<List<@Nullable String>> rows) {
        Map<?, ?> given = node.config().get("column_types") instanceof Map<?, ?> map ? map : Map.of();
        List<String> types = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            Object type = given.get(names.get(i));
            int column = i;
            List<String> values = new ArrayList<>();
            rows.forEach(row -> {
                String value = row.get(column);
                if (value != null) {
                    values.add(value);
                }
            });
            types.add(type != null ? type.toString() : typeOf(values));
        }
        return types;
    }

    /// The narrowest type that all values have; text when there are none.
    static String typeOf(List<String> values) {
        if (values.isEmpty()) {
            return "varchar";
        }
        if (all(values, BOOLEAN)) {
            return "boolean";
        }
        // A number that begins with a zero is a code, not a number.
        boolean codes = values.stream().anyMatch(value -> value.matches("[+-]?0\\d+"));
        if (!codes && all(values, INTEGER)) {
            return "bigint";
        }
        if (!codes && all(values, NUMBER)) {
            return "double";
        }
        return all(values, DATE) ? "date" : all(values, TIMESTAMP) ? "timestamp(6)" : "varchar";
    }

    private static boolean all(List<String> values, Pattern pattern) {
        return values.stream().allMatch(value -> pattern.matcher(value.strip()).matches());
    }
}
