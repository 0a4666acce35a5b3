package dev.tarn.transform.run;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A small file of comma-separated values (RFC 4180); an empty field without quotes is null.
final class Csv {
    private final String place;
    private final String text;
    private final char delimiter;
    private int position;
    private int line = 1;

    private Csv(String place, String text, char delimiter) {
        this.place = place;
        this.text = text;
        this.delimiter = delimiter;
    }

    /// @param place the file, for errors
    /// @throws TarnException `CONFIG_INVALID` with file and line when rows differ in length or a quote stays
    ///     open
    static List<List<@Nullable String>> parse(String place, String text, char delimiter) {
        String plain = text.startsWith("\uFEFF") ? text.substring(1) : text;
        return new Csv(place, plain.replace("\r\n", "\n"), delimiter).rows();
    }

    private List<List<@Nullable String>> rows() {
        List<List<@Nullable String>> rows = new ArrayList<>();
        while (position < text.length()) {
            int at = line;
            if (text.charAt(position) == '\n') {
                position++;
                line++;
                continue;
            }
            List<@Nullable String> row = row();
            if (!rows.isEmpty() && row.size() != rows.getFirst().size()) {
                throw invalid(
                        at,
                        "has " + row.size() + " fields, not " + rows.getFirst().size());
            }
            rows.add(row);
        }
        return rows;
    }

    private List<@Nullable String> row() {
        List<@Nullable String> row = new ArrayList<>();
        while (true) {
            row.add(field());
            if (position >= text.length()) {
                return row;
            }
            if (text.charAt(position++) == '\n') {
                line++;
                return row;
            }
        }
    }

    private @Nullable String field() {
        if (position < text.length() && text.charAt(position) == '"') {
            return quotedField();
        }
        int start = position;
        while (position < text.length() && text.charAt(position) != delimiter && text.charAt(position) != '\n') {
            position++;
        }
        return position == start ? null : text.substring(start, position);
    }

    private String quotedField() {
        int began = line;
        StringBuilder value = new StringBuilder();
        for (position++; position < text.length(); position++) {
            char c = text.charAt(position);
            if (c == '"' && position + 1 < text.length() && text.charAt(position + 1) == '"') {
                value.append('"');
                position++;
            } else if (c == '"') {
                position++;
                if (position < text.length() && text.charAt(position) != delimiter && text.charAt(position) != '\n') {
                    throw invalid(line, "has text after a closing quote");
                }
                return value.toString();
            } else {
                line += c == '\n' ? 1 : 0;
                value.append(c);
            }
        }
        throw invalid(began, "has a quote that is never closed");
    }

    private TarnException invalid(int at, String what) {
        return new TarnException(ErrorCode.CONFIG_INVALID, place + ":" + at + ": this line " + what);
    }
}
