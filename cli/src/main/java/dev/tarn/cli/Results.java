package dev.tarn.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Writes answers for people and for programs.
enum Results {
    /// Aligned columns; widths are those of the first rows.
    TABLE {
        @Override
        long write(SqlClient.Answer answer, PrintWriter out) {
            List<SqlClient.Column> columns = answer.columns();
            List<List<@Nullable Object>> first = new ArrayList<>();
            List<List<@Nullable Object>> page = answer.next();
            while (!page.isEmpty() && first.size() < WIDTH_ROWS) {
                first.addAll(page);
                page = answer.next();
            }
            if (columns.isEmpty()) {
                return 0;
            }
            int[] widths = new int[columns.size()];
            for (int i = 0; i < widths.length; i++) {
                widths[i] = width(columns.get(i).name());
                for (List<@Nullable Object> row : first) {
                    widths[i] = Math.min(CELL_WIDTH_MAX, Math.max(widths[i], width(text(row.get(i)))));
                }
            }
            StringBuilder head = new StringBuilder();
            StringBuilder rule = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                head.append(i == 0 ? " " : " | ").append(padded(columns.get(i).name(), widths[i], false));
                rule.append(i == 0 ? "-" : "-+-").append("-".repeat(widths[i]));
            }
            out.println(head.toString().stripTrailing());
            out.println(rule.append('-'));
            rows(first, columns, widths, out);
            long rows = first.size();
            while (!page.isEmpty() && !out.checkError()) {
                rows(page, columns, widths, out);
                rows += page.size();
                page = answer.next();
            }
            return rows;
        }

        private void rows(
                List<List<@Nullable Object>> rows, List<SqlClient.Column> columns, int[] widths, PrintWriter out) {
            for (List<@Nullable Object> row : rows) {
                StringBuilder line = new StringBuilder();
                for (int i = 0; i < widths.length; i++) {
                    line.append(i == 0 ? " " : " | ")
                            .append(padded(
                                    text(row.get(i)), widths[i], columns.get(i).numeric()));
                }
                out.println(line.toString().stripTrailing());
            }
        }
    },

    /// RFC 4180 with a header; null is an empty field.
    CSV {
        @Override
        long write(SqlClient.Answer answer, PrintWriter out) {
            List<SqlClient.Column> columns = answer.columns();
            if (!columns.isEmpty()) {
                line(
                        out,
                        new ArrayList<>(
                                columns.stream().map(SqlClient.Column::name).toList()));
            }
            long rows = 0;
            for (var page = answer.next(); !page.isEmpty() && !out.checkError(); page = answer.next()) {
                page.forEach(row -> line(out, row));
                rows += page.size();
            }
            return rows;
        }

        private void line(PrintWriter out, List<? extends @Nullable Object> row) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                Object value = row.get(i);
                String text = value == null ? "" : plain(value);
                boolean quoted = value != null
                        && (text.isEmpty()
                                || text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r'));
                line.append(i == 0 ? "" : ",").append(quoted ? "\"" + text.replace("\"", "\"\"") + "\"" : text);
            }
            out.print(line.append("\r\n"));
        }
    },

    /// A JSON array with an object per row, one row a line; decimals and times are text, as Trino's clients get them.
    JSON {
        @Override
        long write(SqlClient.Answer answer, PrintWriter out) {
            List<SqlClient.Column> columns = answer.columns();
            long rows = 0;
            out.print("[");
            for (var page = answer.next(); !page.isEmpty() && !out.checkError(); page = answer.next()) {
                for (List<@Nullable Object> row : page) {
                    out.print(rows++ == 0 ? "\n" : ",\n");
                    out.print(object(columns, row));
                }
            }
            out.println(rows == 0 ? "]" : "\n]");
            return rows;
        }

        private String object(List<SqlClient.Column> columns, List<@Nullable Object> row) {
            StringWriter text = new StringWriter();
            try (JsonGenerator json = FACTORY.createGenerator(text)) {
                json.writeStartObject();
                for (int i = 0; i < row.size(); i++) {
                    json.writeFieldName(columns.get(i).name());
                    value(json, row.get(i));
                }
                json.writeEndObject();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return text.toString();
        }
    };

    private static final JsonFactory FACTORY = new JsonFactory();
    private static final int WIDTH_ROWS = 1_000;
    private static final int CELL_WIDTH_MAX = 200;

    /// Writes the whole answer; gives the number of rows.
    abstract long write(SqlClient.Answer answer, PrintWriter out);

    /// `INSERT: 12 rows`, or `CREATE VIEW`.
    static String done(String type, OptionalLong count) {
        return count.isEmpty() ? type : type + ": " + count.getAsLong() + (count.getAsLong() == 1 ? " row" : " rows");
    }

    private static String text(@Nullable Object value) {
        if (value == null) {
            return "NULL";
        }
        // One row is one line, and a value must not steer the terminal.
        String text = plain(value);
        StringBuilder safe = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\n' -> safe.append("\\n");
                case '\r' -> safe.append("\\r");
                case '\t' -> safe.append("\\t");
                default -> safe.append(Character.isISOControl(c) ? "\\u%04x".formatted(c) : Character.toString(c));
            }
        });
        return safe.toString();
    }

    private static String plain(Object value) {
        if (!(value instanceof List<?>) && !(value instanceof Map<?, ?>)) {
            return value instanceof byte[] bytes ? java.util.HexFormat.of().formatHex(bytes) : value.toString();
        }
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            value(json, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static void value(JsonGenerator json, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> json.writeNull();
            case Boolean truth -> json.writeBoolean(truth);
            case Double number when !Double.isFinite(number) -> json.writeString(number.toString());
            case Float number when !Float.isFinite(number) -> json.writeString(number.toString());
            case Double number -> json.writeNumber(number);
            case Float number -> json.writeNumber(number);
            case Number number -> json.writeNumber(number.toString());
            case List<?> items -> {
                json.writeStartArray();
                for (Object item : items) {
                    value(json, item);
                }
                json.writeEndArray();
            }
            case Map<?, ?> entries -> {
                json.writeStartObject();
                for (Map.Entry<?, ?> entry : entries.entrySet()) {
                    json.writeFieldName(String.valueOf(entry.getKey()));
                    value(json, entry.getValue());
                }
                json.writeEndObject();
            }
            case byte[] bytes -> json.writeBinary(bytes);
            default -> json.writeString(value.toString());
        }
    }

    private static int width(String text) {
        return new org.jline.utils.AttributedString(text).columnLength();
    }

    private static String padded(String text, int width, boolean right) {
        String space = " ".repeat(Math.max(0, width - width(text)));
        return right ? space + text : text + space;
    }
}
