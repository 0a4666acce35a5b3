package dev.tarn.govern.contract;

import dev.tarn.govern.contract.CheckResult.Outcome;
import dev.tarn.lake.state.Database;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.PreparedBatch;

/// What checks found over time, kept in the state database.
public final class ContractResults {
    private static final String SCHEMA = """
            CREATE TABLE contract_result (
              run TEXT NOT NULL, table_name TEXT NOT NULL, rule TEXT NOT NULL,
              severity TEXT NOT NULL, outcome TEXT NOT NULL, measured TEXT, expected TEXT NOT NULL,
              checked_at BIGINT NOT NULL,
              PRIMARY KEY (run, table_name, rule));
            CREATE INDEX contract_result_table ON contract_result (table_name, checked_at);
            """;

    private final Database database;

    private ContractResults(Database database) {
        this.database = database;
    }

    /// Opens the results of a state database, making their table when there is none.
    public static ContractResults open(Database database) {
        database.migrate("contracts", SCHEMA);
        return new ContractResults(database);
    }

    /// A result as it was kept.
    ///
    /// @param run what was being done, such as a run's id
    public record Kept(
            String run,
            String table,
            String rule,
            Severity severity,
            Outcome outcome,
            Optional<BigDecimal> measured,
            String expected,
            Instant checkedAt) {}

    /// Keeps the results of one check of a table; a repeat of the same run replaces them.
    public void keep(String run, List<CheckResult> results, Instant checkedAt) {
        if (results.isEmpty()) {
            return;
        }
        database.writingSoon(handle -> {
            PreparedBatch batch = handle.prepareBatch("""
                    INSERT INTO contract_result
                      (run, table_name, rule, severity, outcome, measured, expected, checked_at)
                    VALUES (:run, :table, :rule, :severity, :outcome, :measured, :expected, :at)
                    ON CONFLICT (run, table_name, rule) DO UPDATE SET
                      outcome = excluded.outcome, measured = excluded.measured,
                      expected = excluded.expected, checked_at = excluded.checked_at""");
            for (CheckResult result : results) {
                batch.bind("run", run)
                        .bind("table", result.table())
                        .bind("rule", result.rule().name())
                        .bind("severity", result.rule().severity().name())
                        .bind("outcome", result.outcome().name())
                        .bind(
                                "measured",
                                result.measured().map(BigDecimal::toPlainString).orElse(null))
                        .bind("expected", result.expected())
                        .bind("at", checkedAt.toEpochMilli())
                        .add();
            }
            batch.execute();
        });
    }

    /// What a rule measured when it was kept, newest first.
    List<BigDecimal> measured(String table, String rule, int limit) {
        return database.read(handle -> handle.createQuery("""
                        SELECT measured FROM contract_result
                        WHERE table_name = :table AND rule = :rule AND outcome = 'PASSED' AND measured IS NOT NULL
                        ORDER BY checked_at DESC, run DESC LIMIT :limit""")
                .bind("table", table)
                .bind("rule", rule)
                .bind("limit", limit)
                .mapTo(String.class)
                .map(BigDecimal::new)
                .list());
    }

    /// The latest results of a table, newest first.
    public List<Kept> ofTable(String table, int limit) {
        return database.read(handle -> handle.createQuery("""
                        SELECT * FROM contract_result WHERE table_name = :table
                        ORDER BY checked_at DESC, run DESC, rule LIMIT :limit""")
                .bind("table", table)
                .bind("limit", limit)
                .map((rs, context) -> new Kept(
                        rs.getString("run"),
                        rs.getString("table_name"),
                        rs.getString("rule"),
                        Severity.valueOf(rs.getString("severity")),
                        Outcome.valueOf(rs.getString("outcome")),
                        Optional.ofNullable(rs.getString("measured")).map(BigDecimal::new),
                        rs.getString("expected"),
                        Instant.ofEpochMilli(rs.getLong("checked_at"))))
                .list());
    }
}
