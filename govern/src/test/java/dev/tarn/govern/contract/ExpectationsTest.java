package dev.tarn.govern.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.core.identity.Identity;
import dev.tarn.govern.contract.CheckResult.Outcome;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.query.QueryConfig;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every expectation is kept by a table that keeps it and broken by one that does not; the reference page shows
/// exactly what is tested. `-Dtarn.docs=update` writes the page.
class ExpectationsTest {
    private static final QuerySession SESSION =
            QuerySession.of(new Identity("ada", "test", false)).withZone(ZoneOffset.UTC);
    private static final Path PAGE = Path.of("../docs/reference/expectations.md");

    @TempDir
    Path folder;

    /// @param good rows of `s.t` that keep it; `bad` ones that break it, none when it is not broken by rows
    private record Line(String engine, String name, String arguments, String good, String bad) {}

    @Test
    void eachIsKeptByGoodRowsAndBrokenByBadOnes() throws IOException {
        List<Line> lines = lines();
        assertThat(names(lines, "greatExpectations")).isEqualTo(new TreeSet<>(Expectations.names()));
        assertThat(names(lines, "soda")).isEqualTo(new TreeSet<>(SodaRules.metrics()));
        Path warehouse = folder.resolve("lake");
        try (Lake lake = Lake.open(LakeConfig.inFolder(warehouse));
                DuckDb duckDb = DuckDb.open(DuckDbConfig.of(512L << 20, 2, folder.resolve("spill"), warehouse));
                QueryEngine engine = QueryEngine.start(lake, duckDb, QueryConfig.defaults())) {
            execute(engine, "CREATE SCHEMA s");
            execute(engine, "CREATE TABLE s.other AS SELECT * FROM (VALUES 1, 2, 3) t(x)");
            ContractChecker checker = new ContractChecker(engine, lake);
            for (Line line : lines) {
                Contract.Table table = contract(line);
                assertThat(outcomes(engine, checker, table, line.good()))
                        .as("%s with %s", line.name(), line.good())
                        .containsOnly(Outcome.PASSED);
                if (!line.bad().isEmpty()) {
                    assertThat(outcomes(engine, checker, table, line.bad()))
                            .as("%s with %s", line.name(), line.bad())
                            .contains(Outcome.BROKEN);
                }
            }
        }
    }

    @Test
    void thePageShowsThem() throws IOException {
        String page = page(lines());
        if ("update".equals(System.getProperty("tarn.docs"))) {
            Files.writeString(PAGE, page);
        }
        assertThat(Files.readString(PAGE)).isEqualTo(page);
    }

    private static Set<Outcome> outcomes(
            QueryEngine engine, ContractChecker checker, Contract.Table table, String rows) {
        execute(engine, "DROP TABLE IF EXISTS s.t");
        execute(engine, "CREATE TABLE s.t AS SELECT * FROM (VALUES " + rows + ") t(a, b)");
        return checker.check(SESSION, table).stream().map(CheckResult::outcome).collect(Collectors.toSet());
    }

    private Contract.Table contract(Line line) throws IOException {
        String implementation = switch (line.engine()) {
            case "soda" -> "{type: " + line.name() + ", " + line.arguments() + "}";
            case "sodacl" -> "|\n          - " + line.arguments();
            default -> "{type: " + line.name() + ", kwargs: {" + line.arguments() + "}}";
        };
        return ContractReader.read(Files.writeString(folder.resolve("t.odcs.yaml"), """
                        apiVersion: v3.1.0
                        kind: DataContract
                        id: t
                        version: 1.0.0
                        status: active
                        schema:
                          - name: s.t
                            quality:
                              - type: custom
                                engine: %s
                                implementation: %s
                        """.formatted(
                                line.engine().equals("sodacl") ? "soda" : line.engine(), implementation)))
                .tables()
                .getFirst();
    }

    private static void execute(QueryEngine engine, String sql) {
        try (QueryResult result = engine.execute(SESSION, sql)) {
            result.all();
        }
    }

    private static Set<String> names(List<Line> lines, String engine) {
        return lines.stream()
                .filter(line -> line.engine().equals(engine))
                .map(Line::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<Line> lines() throws IOException {
        List<Line> lines = new ArrayList<>();
        try (InputStream in = Objects.requireNonNull(ExpectationsTest.class.getResourceAsStream("expectations.txt"))) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    String[] parts = line.split("\\s+\\|\\s*", 5);
                    lines.add(new Line(parts[0], parts[1], parts[2], parts[3], parts[4]));
                }
            }
        }
        return lines;
    }

    private static String page(List<Line> lines) {
        StringBuilder page = new StringBuilder("""
                # Expectations

                The checks that people know from Great Expectations and Soda, as a contract's `quality` list takes them. \
                The examples are about a table with columns `a` and `b`; every one is tested with rows that keep it and \
                rows that break it. This page is generated by that test.

                ## Great Expectations

                `{type: custom, engine: greatExpectations, implementation: {type: NAME, kwargs: {…}}}`. In a column's own \
                list `column` may be left out. `mostly` bounds the share of values that may break a rule on values.

                """);
        table(page, lines, "greatExpectations", "expectation", "kwargs");
        page.append("""

                Quantiles, the median among them, are decided by counting: the quantile is the smallest value that at \
                least its share of the values does not exceed. A table's rows have no order, so increasing and decreasing \
                values need `order_by`, and take `partition_by`; of rows with equal keys, those come first that keep the \
                rule. JSON schemas are those of drafts 4 to 2020-12 (the last unless `$schema` says another), whose `$ref` \
                stays within the schema; `json_matches_schema(text, schema)` says the same in SQL.

                ## Soda

                `{type: custom, engine: soda, implementation: {type: METRIC, …}}`. Bounds: `must_be`, `must_not_be`, \
                `must_be_greater_than`, `must_be_greater_than_or_equal_to`, `must_be_less_than`, \
                `must_be_less_than_or_equal_to`, `must_be_between`.

                """);
        table(page, lines, "soda", "metric", "keys");
        page.append("""

                `change` bounds the change in percent from what the last check found good, `anomaly` the distance from the \
                mean of the last 30 in standard deviations, once `history` of them are known; both of a `metric`, which is \
                `row_count` unless another is named. `freshness` is recorded and never keeps a commit out.

                ## SodaCL

                `implementation` may hold checks in Soda's own language instead, as text or as keys: one, a list, or `checks \
                for TABLE` with a list below it.

                | check, for example |
                |---|
                """);
        lines.stream()
                .filter(line -> line.engine().equals("sodacl"))
                .forEach(line -> page.append("| `").append(line.arguments()).append("` |\n"));
        page.append("""

                SQL in `filter`, `fail condition`, `fail query` and metrics of one's own is Trino's. A check that no row may \
                break is a rule on each row; `warn` is a warning. Formats: %s. Tables without a schema are in that of the \
                contract's table. What has no equal here is refused by name and line: `change for`, `anomaly`, \
                `distribution_difference`, `group by`, `for each`, `when schema changes`, filters of whole lists, variables.
                """.formatted(
                SodaFormats.names().stream().map(name -> "`" + name + "`").collect(Collectors.joining(", "))));
        return page.toString();
    }

    private static void table(StringBuilder page, List<Line> lines, String engine, String name, String arguments) {
        page.append("| ").append(name).append(" | ").append(arguments).append(", for example |\n|---|---|\n");
        lines.stream()
                .filter(line -> line.engine().equals(engine))
                .forEach(line -> page.append("| `")
                        .append(line.name())
                        .append("` | `")
                        .append(line.arguments())
                        .append("` |\n"));
    }
}
