package dev.tarn.feature.online;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.feature.Relations;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Rows as JSON gives them, written as a relation in Trino's SQL with the columns of a view's source.
final class PushedRows {
    /// The column of a pushed row's number in its table.
    static final String NUMBER = "push_number";

    private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS");

    private PushedRows() {}

    /// The rows alone.
    static String values(List<Relations.Column> columns, Collection<Map<String, @Nullable Object>> rows) {
        List<String> texts = new ArrayList<>();
        rows.forEach(row -> texts.add("(" + row(columns, row) + ")"));
        return select(columns, List.of(), texts);
    }

    /// The rows with their numbers.
    static String values(List<Relations.Column> columns, Map<Long, Map<String, @Nullable Object>> rows) {
        List<String> texts = new ArrayList<>();
        rows.forEach((number, row) -> texts.add("(" + row(columns, row) + ", BIGINT '" + number + "')"));
        return select(columns, List.of(NUMBER), texts);
    }

    private static String select(List<Relations.Column> columns, List<String> more, List<String> rows) {
        List<String> names = new ArrayList<>();
        columns.forEach(column -> names.add('"' + column.name().replace("\"", "\"\"") + '"'));
        names.addAll(more);
        return "SELECT * FROM (VALUES " + String.join(", ", rows) + ") AS pushed(" + String.join(", ", names) + ")";
    }

    private static String row(List<Relations.Column> columns, Map<String, @Nullable Object> row) {
        List<String> values = new ArrayList<>();
        columns.forEach(column -> values.add(literal(column, row.get(column.name()))));
        return String.join(", ", values);
    }

    private static String literal(Relations.Column column, @Nullable Object value) {
        if (value == null) {
            return "CAST(NULL AS " + column.type() + ")";
        }
        if (value instanceof List || value instanceof Map) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST, "'" + column.name() + "' is a " + column.type() + ", not a list or object");
        }
        String text = column.type().startsWith("timestamp") ? timestamp(column, value.toString()) : value.toString();
        return "CAST('" + text.replace("'", "''") + "' AS " + column.type() + ")";
    }

    /// ISO 8601 with or without a zone, and SQL's own form; without a zone it is UTC.
    private static String timestamp(Relations.Column column, String text) {
        try {
            String iso = text.strip().replace(' ', 'T').replace("TUTC", "Z");
            LocalDateTime utc;
            if (iso.endsWith("Z")) {
                utc = LocalDateTime.ofInstant(Instant.parse(iso), ZoneOffset.UTC);
            } else if (iso.matches(".*[+-]\\d\\d:?\\d\\d")) {
                utc = OffsetDateTime.parse(iso.replaceFirst("([+-]\\d\\d)(\\d\\d)$", "$1:$2"))
                        .withOffsetSameInstant(ZoneOffset.UTC)
                        .toLocalDateTime();
            } else {
                utc = LocalDateTime.parse(iso.length() == 10 ? iso + "T00:00:00" : iso);
            }
            return TIMESTAMP.format(utc) + (column.type().contains("with time zone") ? " UTC" : "");
        } catch (DateTimeException e) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST,
                    "'" + column.name() + "' is a " + column.type() + ", and not '" + text
                            + "': write it as 2026-01-31T23:59:59Z",
                    e);
        }
    }
}
