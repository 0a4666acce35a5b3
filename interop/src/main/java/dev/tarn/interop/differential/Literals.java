package dev.tarn.interop.differential;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Values of each type that are worth trying.
final class Literals {
    private static final Map<String, List<String>> OF = Map.ofEntries(
            Map.entry(
                    "bigint",
                    List.of("BIGINT '0'", "BIGINT '1'", "BIGINT '-7'", "BIGINT '1000000007'", "CAST(NULL AS bigint)")),
            Map.entry("integer", List.of("0", "1", "-3", "2147483", "CAST(NULL AS integer)")),
            Map.entry(
                    "decimal",
                    List.of(
                            "DECIMAL '0.00'",
                            "DECIMAL '1.5'",
                            "DECIMAL '-123.456'",
                            "DECIMAL '99999.99'",
                            "CAST(NULL AS decimal(10,2))")),
            Map.entry(
                    "double",
                    List.of("0e0", "1.5e0", "-2.25e2", "1e-3", "nan()", "infinity()", "CAST(NULL AS double)")),
            Map.entry("real", List.of("REAL '0'", "REAL '1.5'", "REAL '-3.25'", "CAST(NULL AS real)")),
            Map.entry(
                    "varchar",
                    List.of(
                            "''",
                            "'a'",
                            "'tarn lake'",
                            "'Zürich'",
                            "'12'",
                            "'2020-02-29'",
                            "'100%'",
                            "CAST(NULL AS varchar)")),
            Map.entry("varbinary", List.of("X''", "X'00ff'", "X'6162'", "CAST(NULL AS varbinary)")),
            Map.entry("boolean", List.of("true", "false", "CAST(NULL AS boolean)")),
            Map.entry(
                    "date",
                    List.of(
                            "DATE '1970-01-01'",
                            "DATE '2020-02-29'",
                            "DATE '2024-12-31'",
                            "DATE '1969-07-20'",
                            "CAST(NULL AS date)")),
            Map.entry("time", List.of("TIME '00:00:00.000000'", "TIME '12:34:56.789012'", "CAST(NULL AS time(6))")),
            Map.entry(
                    "timestamp",
                    List.of(
                            "TIMESTAMP '1970-01-01 00:00:00.000000'",
                            "TIMESTAMP '2020-02-29 23:59:59.999999'",
                            "TIMESTAMP '1969-12-31 23:59:59.500000'",
                            "CAST(NULL AS timestamp(6))")),
            Map.entry(
                    "timestamptz",
                    List.of(
                            "TIMESTAMP '2020-03-29 00:59:59.000000 UTC'",
                            "TIMESTAMP '2021-07-01 12:00:00.123456 America/New_York'",
                            "CAST(NULL AS timestamp(6) with time zone)")),
            Map.entry(
                    "array(bigint)",
                    List.of(
                            "ARRAY[BIGINT '1', 2, 3]",
                            "ARRAY[BIGINT '5', NULL]",
                            "CAST(ARRAY[] AS array(bigint))",
                            "CAST(NULL AS array(bigint))")),
            Map.entry(
                    "array(varchar)",
                    List.of(
                            "CAST(ARRAY['b', 'a', NULL] AS array(varchar))",
                            "CAST(ARRAY[] AS array(varchar))",
                            "CAST(NULL AS array(varchar))")),
            Map.entry(
                    "map(varchar,bigint)",
                    List.of(
                            "CAST(MAP(ARRAY['a', 'x'], ARRAY[1, NULL]) AS map(varchar, bigint))",
                            "CAST(MAP() AS map(varchar, bigint))",
                            "CAST(NULL AS map(varchar, bigint))")),
            Map.entry(
                    "row",
                    List.of(
                            "CAST(ROW(1, 'one') AS row(x integer, y varchar))",
                            "CAST(ROW(NULL, NULL) AS row(x integer, y varchar))",
                            "CAST(NULL AS row(x integer, y varchar))")),
            Map.entry("json", List.of("JSON '{\"a\":1}'", "JSON '[1,2]'", "JSON 'null'", "CAST(NULL AS json)")),
            Map.entry("uuid", List.of("UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59'", "CAST(NULL AS uuid)")));

    /// The types that have a line here, in a fixed order.
    static final List<String> TYPES = OF.keySet().stream().sorted().toList();

    private Literals() {}

    static Expr any(String type, RandomGenerator random) {
        List<String> values = values(type);
        return Expr.leaf(type, values.get(random.nextInt(values.size())));
    }

    /// The first value of the type: what a failing statement is shrunk towards. Empty for what is not a value.
    static Optional<Expr> plainest(String type) {
        return Optional.ofNullable(OF.get(type)).map(values -> Expr.leaf(type, values.getFirst()));
    }

    private static List<String> values(String type) {
        List<String> values = OF.get(type);
        if (values == null) {
            throw new IllegalArgumentException("no literals of type " + type);
        }
        return values;
    }
}
