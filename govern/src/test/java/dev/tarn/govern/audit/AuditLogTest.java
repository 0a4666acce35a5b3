package dev.tarn.govern.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.state.Database;
import dev.tarn.lake.state.DatabaseConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditLogTest {
    private static final Identity ADA = new Identity("ada", "trino-cli", true);
    private static final Identity BOB = new Identity("bob", "spark", false);
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.123456Z");

    @TempDir
    Path folder;

    @Test
    void whatWasAppendedIsThereAfterARestart() {
        AuditEntry entry =
                new AuditEntry(NOON, ADA, "statement", "q1", AuditEntry.OK, Duration.ofMillis(12), "SELECT 'ä€😀'");
        try (Database database = open();
                AuditLog log = AuditLog.open(database)) {
            log.append(entry);
            // Not closed first: append alone makes it durable.
            try (Database other = open();
                    AuditLog again = AuditLog.open(other)) {
                assertThat(again.find(AuditQuery.newest(10))).containsExactly(entry);
            }
        }
    }

    @Test
    void entriesOfManyThreadsAreAllKept() throws InterruptedException {
        try (Database database = open();
                AuditLog log = AuditLog.open(database)) {
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 20; t++) {
                int thread = t;
                threads.add(Thread.startVirtualThread(() -> {
                    for (int i = 0; i < 50; i++) {
                        log.append(AuditEntry.ok(NOON, ADA, "commit", thread + "/" + i, ""));
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(log.find(AuditQuery.newest(10_000)).stream()
                            .map(AuditEntry::object)
                            .distinct())
                    .hasSize(1_000);
        }
    }

    @Test
    void closingWritesWhatWaits() {
        try (Database database = open()) {
            try (AuditLog log = AuditLog.open(database)) {
                for (int i = 0; i < 2_500; i++) {
                    log.appendSoon(AuditEntry.ok(NOON, BOB, "request", "/health", ""));
                }
            }
            try (AuditLog log = AuditLog.open(database)) {
                assertThat(log.find(AuditQuery.newest(10_000))).hasSize(2_500);
            }
        }
    }

    @Test
    void whatAnInterruptedThreadDidIsKeptToo() {
        try (Database database = open();
                AuditLog log = AuditLog.open(database)) {
            Thread.currentThread().interrupt();
            log.appendSoon(AuditEntry.ok(NOON, ADA, "statement", "cancelled", "SELECT 1"));
            assertThat(Thread.interrupted()).isTrue();
            log.append(AuditEntry.ok(NOON, ADA, "statement", "next", ""));

            assertThat(log.find(AuditQuery.newest(10)))
                    .extracting(AuditEntry::object)
                    .containsExactly("next", "cancelled");
        }
    }

    @Test
    void entriesAreFoundByUserActionAndTime() {
        try (Database database = open();
                AuditLog log = AuditLog.open(database)) {
            log.append(AuditEntry.ok(NOON, ADA, "statement", "q1", ""));
            log.append(AuditEntry.ok(NOON.plusSeconds(1), BOB, "commit", "silver.t", ""));
            log.append(AuditEntry.failed(
                    NOON.plusSeconds(2),
                    ADA,
                    "commit",
                    "silver.t",
                    new TarnException(ErrorCode.COMMIT_CONFLICT, "no")));

            assertThat(log.find(AuditQuery.newest(1)).getFirst().outcome()).isEqualTo("COMMIT_CONFLICT");
            assertThat(objects(log, AuditQuery.newest(9).ofUser("ada"))).containsExactly("silver.t", "q1");
            assertThat(log.find(AuditQuery.newest(9).ofAction("commit").ofUser("bob")))
                    .hasSize(1);
            AuditQuery all = AuditQuery.newest(9);
            assertThat(objects(
                            log,
                            new AuditQuery(
                                    all.user(),
                                    all.action(),
                                    all.object(),
                                    java.util.Optional.of(NOON.plusSeconds(1)),
                                    java.util.Optional.of(NOON.plusSeconds(2)),
                                    9)))
                    .containsExactly("silver.t");
        }
    }

    @Test
    void aLongDetailIsCutBetweenCharacters() {
        AuditEntry entry = AuditEntry.ok(NOON, ADA, "statement", "q", "x" + "😀".repeat(10_000));
        assertThat(entry.detail()).hasSize(AuditEntry.DETAIL_CHARS_MAX - 1).endsWith("😀");
    }

    private static List<String> objects(AuditLog log, AuditQuery query) {
        return log.find(query).stream().map(AuditEntry::object).toList();
    }

    private Database open() {
        return Database.open(new DatabaseConfig.Sqlite(folder.resolve("tarn.db")));
    }
}
