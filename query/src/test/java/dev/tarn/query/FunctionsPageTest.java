package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.trino.spi.StandardErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Compiles a call of each signature that `SHOW FUNCTIONS` lists, sees which road it takes, and compares that with
/// `docs/reference/functions.md`. `-Dtarn.regenerate=true` writes the page anew.
class FunctionsPageTest {
    private static final Path PAGE = Path.of("..", "docs", "reference", "functions.md");

    /// A column or an expression of each type, none of them constant.
    private static final Map<String, String> SAMPLES = Map.ofEntries(
            Map.entry("boolean", "f"),
            Map.entry("tinyint", "CAST(i AS tinyint)"),
            Map.entry("smallint", "CAST(i AS smallint)"),
            Map.entry("integer", "i"),
            Map.entry("bigint", "b"),
            Map.entry("number", "CAST(v AS number)"),
            Map.entry("real", "rl"),
            Map.entry("double", "d"),
            Map.entry("decimal", "x"),
            Map.entry("varchar", "v"),
            Map.entry("char", "CAST(v AS char(5))"),
            Map.entry("varbinary", "bin"),
            Map.entry("date", "w"),
            Map.entry("time", "tm"),
            Map.entry("time with time zone", "CAST(tm AS time(6) with time zone)"),
            Map.entry("timestamp", "ts"),
            Map.entry("timestamp with time zone", "tz"),
            Map.entry("interval day to second", "INTERVAL '1' DAY * i"),
            Map.entry("interval year to month", "INTERVAL '1' MONTH * i"),
            Map.entry("json", "CAST(b AS json)"),
            Map.entry("uuid", "u"),
            Map.entry("ipaddress", "CAST(v AS ipaddress)"),
            Map.entry("hyperloglog", "CAST(bin AS hyperloglog)"),
            Map.entry("setdigest", "CAST(bin AS setdigest)"),
            Map.entry("tdigest", "CAST(bin AS tdigest)"),
            Map.entry("qdigest(bigint)", "CAST(bin AS qdigest(bigint))"),
            Map.entry("qdigest(double)", "CAST(bin AS qdigest(double))"),
            Map.entry("qdigest(real)", "CAST(bin AS qdigest(real))"),
            Map.entry("qdigest(V)", "CAST(bin AS qdigest(bigint))"),
            Map.entry("joniregexp", "v"),
            Map.entry("jsonpath", "v"),
            Map.entry("codepoints", "v"),
            Map.entry("varchar(1)", "CAST(v AS varchar(1))"),
            Map.entry("varchar(2)", "CAST(v AS varchar(2))"),
            Map.entry("color", "color(v)"),
            Map.entry("variant", "CAST(b AS variant)"),
            Map.entry("unknown", "NULL"));

    /// Calls with a syntax of their own.
    private static final Map<String, String> CALLS = Map.ofEntries(
            Map.entry("concat", "concat(%1$s, %1$s)"),
            Map.entry("map_concat", "map_concat(%1$s, %1$s)"),
            Map.entry("current_date", "current_date"),
            Map.entry("normalize", "normalize(v, NFKC)"),
            Map.entry("listagg", "listagg(v, ',') WITHIN GROUP (ORDER BY i)"),
            Map.entry("format", "format('%%s', v)"),
            Map.entry("exclude_columns", "TABLE(exclude_columns(TABLE(t), DESCRIPTOR(i)))"),
            Map.entry("sequence", "TABLE(sequence(1, 5))"));

    /// Whose text is a time zone: it must be constant, for a column has one zone.
    private static final Set<String> ZONED = Set.of("at_timezone", "with_timezone", "from_unixtime");

    private enum Road {
        DUCKDB("DuckDB"),
        TRINO("Trino's code"),
        REFUSED("refused");

        private final String words;

        Road(String words) {
            this.words = words;
        }
    }

    private static final List<String> WRONG = new ArrayList<>();

    @TempDir
    static Path folder;

    @Test
    void pageSaysWhatTheCodeDoes() throws IOException {
        String page;
        try (TestEngine engine = new TestEngine(folder)) {
            engine.run("CREATE SCHEMA s");
            engine.run("USE s");
            engine.run("CREATE TABLE t (f boolean, i integer, b bigint, rl real, d double, x decimal(10, 2), v varchar,"
                    + " bin varbinary, w date, tm time(6), ts timestamp(6), tz timestamp(6) with time zone, u uuid)");
            page = page(engine);
        }
        assertThat(WRONG).as("samples that are no call of their function").isEmpty();
        if (Boolean.getBoolean("tarn.regenerate")) {
            Files.writeString(PAGE, page);
        }
        assertThat(Files.readString(PAGE))
                .as("docs/reference/functions.md; write it anew with -Dtarn.regenerate=true")
                .isEqualTo(page);
    }

    private static String page(TestEngine engine) {
        Map<String, Map<Road, Integer>> totals = new java.util.TreeMap<>();
        Set<String> lines = new LinkedHashSet<>();
        for (List<Object> function : functions(engine)) {
            String name = (String) function.get(0);
            String kind = (String) function.get(3);
            Road road = road(engine, name, (String) function.get(2), kind);
            totals.computeIfAbsent(kind, any -> new EnumMap<>(Road.class)).merge(road, 1, Integer::sum);
            lines.add("| `" + name + "(" + function.get(2) + ")` | " + function.get(1) + " | " + kind + " | "
                    + road.words + " |");
        }
        StringBuilder head = new StringBuilder("""
                # SQL functions

                Every signature that Trino 483 lists (`SHOW FUNCTIONS`), and by which road it is exact: computed by
                DuckDB, which is proved to give the same answer; by Trino's own code, called on DuckDB's values (slower,
                and equal by construction); or refused with an error that names it. A line says what becomes of a call
                with columns as arguments (a time zone being constant); with constants alone a call is folded away before
                it runs.

                This page is generated from the code, and a test keeps it true (`FunctionsPageTest`).

                | kind | signatures | DuckDB | Trino's code | refused |
                |---|---|---|---|---|
                """);
        totals.forEach((kind, roads) -> head.append("| ")
                .append(kind)
                .append(" | ")
                .append(roads.values().stream().mapToInt(Integer::intValue).sum())
                .append(" | ")
                .append(roads.getOrDefault(Road.DUCKDB, 0))
                .append(" | ")
                .append(roads.getOrDefault(Road.TRINO, 0))
                .append(" | ")
                .append(roads.getOrDefault(Road.REFUSED, 0))
                .append(" |\n"));
        return head + "\n| signature | result | kind | road |\n|---|---|---|---|\n" + String.join("\n", lines) + "\n";
    }

    @SuppressWarnings({"unchecked", "NullAway"})
    private static List<List<Object>> functions(TestEngine engine) {
        return (List<List<Object>>) (List<?>) engine.run("SHOW FUNCTIONS");
    }

    private static Road road(TestEngine engine, String name, String arguments, String kind) {
        String sql = statement(name, arguments, kind);
        try {
            String duckSql = engine.engine.explain(engine.session, sql);
            return duckSql.substring(duckSql.indexOf("DuckDB statement:")).contains("trino_")
                    ? Road.TRINO
                    : Road.DUCKDB;
        } catch (RuntimeException e) {
            if (SqlError.of(e).code().equals(StandardErrorCode.NOT_SUPPORTED.toErrorCode())) {
                return Road.REFUSED;
            }
            WRONG.add(name + "(" + arguments + "): " + sql + ": " + e.getMessage());
            return Road.REFUSED;
        }
    }

    private static String statement(String name, String arguments, String kind) {
        if (kind.equals("table")) {
            return "SELECT * FROM " + CALLS.get(name);
        }
        boolean constantLambdas = kind.equals("aggregate");
        List<String> samples = parts(arguments).stream()
                .map(type -> ZONED.contains(name) && type.startsWith("varchar")
                        ? "'Asia/Tokyo'"
                        : sample(type, constantLambdas))
                .toList();
        String given = name + "(" + String.join(", ", samples) + ")";
        boolean own =
                CALLS.containsKey(name) && !name.equals("sequence") && (samples.size() < 2 || !name.equals("concat"));
        String call = own ? CALLS.get(name).formatted(samples.isEmpty() ? "" : samples.getFirst()) : given;
        return "SELECT " + call + (kind.equals("window") ? " OVER (ORDER BY i)" : "") + " FROM t";
    }

    private static String sample(String type, boolean constantLambdas) {
        if (SAMPLES.containsKey(type)) {
            return SAMPLES.get(type);
        }
        String base = type.replaceAll("\\((p|x|y|z|\\d+|p,s|[a-z]_precision,[a-z]_scale)\\)", "");
        if (SAMPLES.containsKey(base)) {
            return SAMPLES.get(base);
        }
        if (base.matches("[A-Z]\\d?")) {
            return SAMPLES.get("bigint");
        }
        List<String> parts = parts(base.substring(base.indexOf('(') + 1, base.length() - 1));
        return switch (base.substring(0, base.indexOf('('))) {
            case "array" -> "ARRAY[" + sample(parts.getFirst(), constantLambdas) + "]";
            case "map" ->
                "MAP(ARRAY[" + sample(parts.getFirst(), constantLambdas) + "], ARRAY["
                        + sample(parts.getLast(), constantLambdas) + "])";
            case "row" ->
                parts.stream()
                        .map(part -> sample(part, constantLambdas))
                        .collect(Collectors.joining(", ", "ROW(", ")"));
            case "function" ->
                IntStream.range(0, parts.size() - 1).mapToObj(i -> "p" + i).collect(Collectors.joining(", ", "(", ")"))
                        + " -> " + result(parts.getLast(), constantLambdas);
            default -> throw new AssertionError("no sample of " + type);
        };
    }

    /// What a lambda gives; one within an aggregate may not use columns.
    private static String result(String type, boolean constant) {
        return switch (type.replaceAll("\\(.*", "")) {
            case "boolean" -> constant ? "true" : "f";
            case "integer" -> constant ? "1" : "i";
            case "varchar" -> constant ? "'x'" : "v";
            default -> constant ? "BIGINT '1'" : "b";
        };
    }

    /// What commas outside of parentheses part.
    private static List<String> parts(String list) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        StringBuilder part = new StringBuilder();
        for (int i = 0; i < list.length(); i++) {
            char c = list.charAt(i);
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (c == ',' && depth == 0) {
                parts.add(part.toString().strip());
                part.setLength(0);
            } else {
                part.append(c);
            }
        }
        if (!part.isEmpty()) {
            parts.add(part.toString().strip());
        }
        return parts;
    }
}
