package dev.tarn.query.duckdb;

import java.util.Collection;
import java.util.stream.Collectors;

/// Quoting for DuckDB statements. Every name and value that reaches a statement passes here.
public final class SqlText {
    private SqlText() {}

    /// `"name"`, with quotes doubled.
    public static String identifier(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /// `'text'`, with quotes doubled. DuckDB's plain strings know no backslash escapes.
    public static String string(String text) {
        return '\'' + text.replace("'", "''") + '\'';
    }

    /// `['a', 'b']`
    public static String strings(Collection<String> texts) {
        return texts.stream().map(SqlText::string).collect(Collectors.joining(", ", "[", "]"));
    }
}
