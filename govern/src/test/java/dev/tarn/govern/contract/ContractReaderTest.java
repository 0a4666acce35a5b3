package dev.tarn.govern.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.TarnException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContractReaderTest {
    private static final String HEAD = """
            apiVersion: v3.1.0
            kind: DataContract
            id: payments
            version: 1.0.0
            status: active
            """;

    @TempDir
    Path folder;

    @Test
    void readsRulesOfColumnsAndTables() throws IOException {
        Contract contract = read(HEAD + """
                schema:
                  - name: payments
                    physicalName: silver.payments
                    properties:
                      - name: id
                        logicalType: integer
                        primaryKey: true
                        required: true
                      - name: amount
                        logicalType: number
                        logicalTypeOptions:
                          minimum: -500.10
                          exclusiveMaximum: 100000
                        quality:
                          - metric: nullValues
                            unit: percent
                            mustBeLessOrEqualTo: 0.5
                            severity: warning
                      - name: state
                        logicalType: string
                        logicalTypeOptions:
                          pattern: ^[A-Z]{2}$
                      - name: customer_id
                        relationships:
                          - to: silver.customers.id
                    quality:
                      - metric: rowCount
                        mustBeGreaterThan: 1000
                      - type: sql
                        name: no payment from the future
                        query: SELECT count(*) FROM ${table} WHERE paid_at > now()
                        mustBe: 0
                """);
        Contract.Table table = contract.tables().getFirst();
        assertThat(table.name()).isEqualTo("silver.payments");
        assertThat(table.rules().stream().map(ContractReaderTest::inWords))
                .containsExactly(
                        "ERROR id is not null | row \"id\" IS NULL",
                        "ERROR amount is at least -500.10 | row \"amount\" < -500.10",
                        "ERROR amount is less than 100000 | row \"amount\" >= 100000",
                        "WARNING amount nullValues | aggregate coalesce(100e0 * (count_if(\"amount\" IS NULL)) / "
                                + "nullif(count(*), 0), 0e0) at most 0.5",
                        "ERROR state matches ^[A-Z]{2}$ | row NOT regexp_like(\"state\", '^[A-Z]{2}$')",
                        "ERROR customer_id is found in silver.customers | query SELECT count(*) FROM "
                                + "\"silver\".\"payments\" t WHERE t.\"customer_id\" IS NOT NULL AND NOT EXISTS (SELECT 1 "
                                + "FROM \"silver\".\"customers\" r WHERE r.\"id\" = t.\"customer_id\") 0",
                        "ERROR rowCount | aggregate count(*) more than 1000",
                        "ERROR no payment from the future | query SELECT count(*) FROM \"silver\".\"payments\" WHERE "
                                + "paid_at > now() 0",
                        "ERROR primary key (id) is unique | aggregate count(\"id\") - count(DISTINCT \"id\") 0");
    }

    @Test
    void readsGreatExpectations() throws IOException {
        Contract contract = read(HEAD + """
                schema:
                  - name: payments
                    physicalName: silver.payments
                    quality:
                      - type: custom
                        engine: greatExpectations
                        severity: warning
                        implementation:
                          type: expect_column_values_to_be_in_set
                          kwargs: {column: brand, value_set: [Visa, Mastercard], mostly: 0.99}
                      - type: custom
                        engine: great-expectations
                        implementation:
                          expectation_type: expect_column_mean_to_be_between
                          kwargs: {column: amount, min_value: 10, max_value: 100}
                """);
        assertThat(contract.tables().getFirst().rules().stream().map(ContractReaderTest::inWords))
                .containsExactly(
                        "WARNING brand values to be in set | aggregate coalesce(100e0 * (count_if(CAST(\"brand\" AS "
                                + "varchar) NOT IN ('Visa', 'Mastercard'))) / nullif(count(\"brand\"), 0), 0e0) at most 1",
                        "ERROR amount mean to be between | aggregate avg(CAST(\"amount\" AS double)) at least 10",
                        "ERROR amount mean to be between (2) | aggregate avg(CAST(\"amount\" AS double)) at most 100");
    }

    @Test
    void namesFileAndLineOfWhatIsWrong() {
        assertThatThrownBy(() -> read(HEAD + "schema:\n  - name: a\n    propertys: []\n"))
                .isInstanceOf(TarnException.class)
                .hasMessageEndingWith(
                        "payments.odcs.yaml:8: unknown key 'schema[0].propertys'; did you mean 'properties'?");
        assertThatThrownBy(() ->
                        read(HEAD + "schema:\n  - name: a\n    quality:\n      - metric: rows\n        mustBe: 1\n"))
                .hasMessageContaining("payments.odcs.yaml:9: schema[0].quality[0].metric: expected nullValues");
        assertThatThrownBy(() -> read(HEAD + "schema:\n  - name: a\n    quality:\n      - metric: rowCount\n"))
                .hasMessageContaining("needs one of mustBe");
    }

    @Test
    void readsChecksWrittenAsText() throws IOException {
        Contract contract = read(HEAD + """
                schema:
                  - name: payments
                    physicalName: silver.payments
                    quality:
                      - type: custom
                        engine: soda
                        implementation: |
                          checks for payments:
                            - row_count > 0
                            # An odd line between
                            - missing_count("pay ment") = 0:
                                name: is there
                            - invalid_percent(amount):
                                valid min: 0
                                warn: when > 1%
                                fail: when >= 5
                      - type: custom
                        engine: soda
                        implementation: |
                          type: duplicate_count
                          column: id
                          must_be: 0
                      - type: custom
                        engine: greatExpectations
                        implementation: |
                          - type: expect_column_values_to_not_be_null
                            kwargs: {column: id}
                """);
        List<Rule> rules = contract.tables().getFirst().rules();
        assertThat(rules.stream().map(ContractReaderTest::inWords))
                .containsExactly(
                        "ERROR row_count > 0 | aggregate count(*) more than 0",
                        "ERROR is there | row \"pay ment\" IS NULL",
                        "ERROR invalid_percent(amount) fail when >= 5 | aggregate coalesce(100e0 * (count_if("
                                + "\"amount\" < 0)) / nullif(count(*), 0), 0e0) less than 5",
                        "WARNING invalid_percent(amount) warn when > 1% | aggregate coalesce(100e0 * (count_if("
                                + "\"amount\" < 0)) / nullif(count(*), 0), 0e0) at most 1",
                        "ERROR duplicate_count | aggregate count(\"id\") - count(DISTINCT \"id\") 0",
                        "ERROR id values to not be null | row \"id\" IS NULL");
        assertThat(rules.stream().map(rule -> rule.about().line()).limit(3)).containsExactly(14, 16, 18);
    }

    @Test
    void refusesWhatHasNoEqualByNameAndLine() {
        refused("- row_count > 0\n- anomaly detection for row_count", ":13:", "{type: anomaly, metric: …}");
        refused("- row_cuont > 0", ":12:", "did you mean row_count?");
        refused("- row_count > many", ":12:", "expected a threshold");
        refused("- invalid_count(a) = 0", ":12:", "needs what is valid");
        refused("- invalid_count(a) = 0:\n    valid format: postcode", ":13:", "no such format: postcode; known are");
        refused("- missing_count(a) = 0:\n    mising values: [x]", ":13:", "did you mean 'missing values'?");
        refused("- for each dataset D:\n    datasets: [a]", ":12:", "write the check for each table");
        refused("checks for b:\n  - row_count > 0", ":12:", "stand in the contract of silver.payments");
        refused("checks for payments [daily]:\n  - row_count > 0", ":12:", "write filter below each check");
        refused("- avg(a) < ${MOST}", ":12:", "variables");
        refused("- row_count > 0\n  - b: [", ":13:", "");
    }

    private void refused(String checks, String line, String why) {
        assertThatThrownBy(() -> read(HEAD + """
                schema:
                  - name: payments
                    physicalName: silver.payments
                    quality:
                      - type: custom
                        implementation: |
                %s
                        engine: soda
                """.formatted(checks.indent(10).stripTrailing())))
                .isInstanceOf(TarnException.class)
                .hasMessageContaining("payments.odcs.yaml" + line)
                .hasMessageContaining(why);
    }

    @Test
    void aJsonSchemaIsReadWithTheContractAndReadsNothingElse() throws IOException {
        assertThatThrownBy(() -> jsonSchema("{type: objekt}")).hasMessageContaining("payments.odcs.yaml:12: ");
        assertThatThrownBy(() -> jsonSchema("'{'")).hasMessageContaining("This is no JSON schema");
        assertThatThrownBy(() -> jsonSchema("{$ref: 'http://127.0.0.1:1/schema.json'}"))
                .hasMessageContaining("what it refers to must be part of it");
        Path other = Files.writeString(folder.resolve("other.json"), "{}");
        assertThatThrownBy(() -> jsonSchema("{$ref: '" + other.toUri() + "'}"))
                .hasMessageContaining("what it refers to must be part of it");
    }

    private void jsonSchema(String schema) throws IOException {
        read(HEAD + """
                schema:
                  - name: payments
                    quality:
                      - type: custom
                        engine: greatExpectations
                        implementation:
                          {type: expect_column_values_to_match_json_schema, kwargs: {column: a, json_schema: %s}}
                """.formatted(schema));
    }

    @Test
    void aBoundComparesByValue() {
        assertThat(new Bound.Equal(new BigDecimal("1.0"), false).admits(BigDecimal.ONE))
                .isTrue();
        assertThat(new Bound.AtLeast(BigDecimal.ONE, true).admits(BigDecimal.ONE))
                .isFalse();
        assertThat(new Bound.AtMost(BigDecimal.ONE, false).admits(BigDecimal.ONE))
                .isTrue();
        assertThat(new Bound.Between(BigDecimal.ONE, BigDecimal.TEN, true).admits(BigDecimal.TWO))
                .isFalse();
    }

    @Test
    void tellsBreakingChangesFromOthers() throws IOException {
        Contract before = read(HEAD + """
                schema:
                  - name: a.b
                    properties:
                      - {name: x, logicalType: string, required: true}
                      - {name: y, logicalType: string}
                """);
        Contract after = read(HEAD + """
                schema:
                  - name: a.b
                    properties:
                      - {name: x, logicalType: string}
                      - {name: z, logicalType: string, required: true}
                """);
        assertThat(ContractDiff.between(before, after))
                .containsExactly(
                        new ContractDiff.Change("a.b: column y removed", true),
                        new ContractDiff.Change("a.b: column x may be null now", true),
                        new ContractDiff.Change("a.b: column z added", false));
    }

    @Test
    void readsTheStandardsOwnExamples() throws IOException {
        Path examples = Path.of(System.getenv().getOrDefault("TARN_TEST_DATA", "../../shared/data"))
                .resolve("odcs/docs/examples");
        Assumptions.assumeTrue(Files.isDirectory(examples), "the standard's examples are not at " + examples);
        try (Stream<Path> files = Files.walk(examples)) {
            List<Path> contracts =
                    files.filter(file -> file.toString().endsWith(".odcs.yaml")).toList();
            assertThat(contracts).hasSizeGreaterThan(10);
            for (Path file : contracts) {
                assertThat(ContractReader.read(file).id()).as(file.toString()).isNotEmpty();
            }
        }
    }

    private static String inWords(Rule rule) {
        String about = rule.about().severity() + " " + rule.about().name() + " | ";
        return about
                + switch (rule) {
                    case Rule.EachRow row -> "row " + row.brokenWhen();
                    case Rule.Aggregate aggregate ->
                        "aggregate " + aggregate.expression() + " "
                                + aggregate.bound().inWords();
                    case Rule.Query query ->
                        "query " + query.sql() + " " + query.bound().inWords();
                    case Rule.Structure structure -> "structure " + structure.shape();
                    case Rule.Fresh fresh -> "fresh " + fresh.ageMax();
                    case Rule.Steady steady -> "steady " + steady.near();
                    case Rule.Unchecked unchecked -> "unchecked " + unchecked.why();
                };
    }

    private Contract read(String text) throws IOException {
        return ContractReader.read(Files.writeString(folder.resolve("payments.odcs.yaml"), text));
    }
}
