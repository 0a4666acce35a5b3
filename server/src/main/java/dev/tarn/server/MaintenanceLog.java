package dev.tarn.server;

import dev.tarn.lake.state.Database;
import java.time.Instant;
import java.util.List;

/// What the server's maintenance did, in the state database; the latest entries only.
public final class MaintenanceLog {
    private static final int KEPT = 1_000;
    private static final String SCHEMA = """
            CREATE TABLE maintenance_log (
              at BIGINT NOT NULL, subject TEXT NOT NULL, work TEXT NOT NULL, amount BIGINT NOT NULL,
              took_ms BIGINT NOT NULL, message TEXT NOT NULL);
            CREATE INDEX maintenance_log_at ON maintenance_log (at);
            """;

    private final Database database;

    private MaintenanceLog(Database database) {
        this.database = database;
    }

    /// One piece of work.
    ///
    /// @param subject the table, or `warehouse`
    /// @param work `compact`, `expire`, `manifests`, `publishes`, `sweep`, or `round`
    /// @param amount how many files were rewritten or removed, snapshots or publishes forgotten, manifests merged,
    ///     or tables seen
    /// @param message why it failed or was left for later; empty when it was done
    public record Entry(Instant at, String subject, String work, long amount, long tookMs, String message) {}

    /// Opens the log, making its table when there is none.
    public static MaintenanceLog open(Database database) {
        database.migrate("maintenance", SCHEMA);
        return new MaintenanceLog(database);
    }

    void add(Entry entry) {
        database.writing(handle -> {
            handle.createUpdate("""
                            INSERT INTO maintenance_log (at, subject, work, amount, took_ms, message)
                            VALUES (:at, :subject, :work, :amount, :took, :message)""")
                    .bind("at", entry.at().toEpochMilli())
                    .bind("subject", entry.subject())
                    .bind("work", entry.work())
                    .bind("amount", entry.amount())
                    .bind("took", entry.tookMs())
                    .bind("message", entry.message())
                    .execute();
            handle.createUpdate("""
                            DELETE FROM maintenance_log WHERE at <
                              (SELECT MIN(at) FROM (SELECT at FROM maintenance_log ORDER BY at DESC LIMIT :kept) AS latest)""").bind("kept", KEPT).execute();
        });
    }

    /// The latest entries, newest first.
    public List<Entry> latest(int limit) {
        return database.read(handle -> handle.createQuery("SELECT * FROM maintenance_log ORDER BY at DESC LIMIT :limit")
                .bind("limit", limit)
                .map((rs, context) -> new Entry(
                        Instant.ofEpochMilli(rs.getLong("at")),
                        rs.getString("subject"),
                        rs.getString("work"),
                        rs.getLong("amount"),
                        rs.getLong("took_ms"),
                        rs.getString("message")))
                .list());
    }
}
