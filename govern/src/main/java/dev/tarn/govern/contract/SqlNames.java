package dev.tarn.govern.contract;

import java.util.Arrays;
import java.util.Collection;
import java.util.stream.Collectors;

/// Names and literals in Trino's SQL.
final class SqlNames {
    private SqlNames() {}

    /// `a` as `"a"`.
    static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /// `gold.payments` as `"gold"."payments"`.
    static String table(String dotted) {
        return Arrays.stream(dotted.split("\\.")).map(SqlNames::quoted).collect(Collectors.joining("."));
    }

    /// `it's` as `'it''s'`.
    static String literal(String text) {
        return '\'' + text.replace("'", "''") + '\'';
    }

    /// `a, b` quoted.
    static String list(Collection<String> names) {
        return names.stream().map(SqlNames::quoted).collect(Collectors.joining(", "));
    }
}
