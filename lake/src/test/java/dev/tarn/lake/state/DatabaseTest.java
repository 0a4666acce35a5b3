package dev.tarn.lake.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseTest {
    private static final String FIRST = """
            CREATE TABLE counter (id INTEGER PRIMARY KEY, n BIGINT NOT NULL);
            INSERT INTO counter (id, n) VALUES (1, 0);
            """;
    private static final String SECOND = "ALTER TABLE counter ADD COLUMN note TEXT;\n";

    @TempDir
    Path folder;

    @Test
    void aComponentGrowsFromVersionToVersion() {
        try (Database database = open()) {
            database.migrate("test", FIRST);
            database.migrate("test", FIRST);
        }
        try (Database database = open()) {
            database.migrate("test", FIRST, SECOND);
            database.writing(handle -> handle.execute("UPDATE counter SET note = 'x'"));
            assertThat(count(database)).isZero();
        }
        try (Database older = open()) {
            assertThatThrownBy(() -> older.migrate("test", FIRST))
                    .isInstanceOfSatisfying(
                            TarnException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.WAREHOUSE_TOO_NEW));
        }
    }

    @Test
    void aFailedMigrationLeavesNothing() {
        try (Database database = open()) {
            assertThatThrownBy(() -> database.migrate("test", FIRST + "NOT SQL;\n"))
                    .isInstanceOfSatisfying(
                            TarnException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATABASE_FAILED));
            database.migrate("test", FIRST);
        }
    }

    @Test
    void writersOfTwoProcessesWaitForEachOther() throws Exception {
        try (Database one = open();
                Database other = open();
                ExecutorService executor = Executors.newFixedThreadPool(8)) {
            one.migrate("test", FIRST);
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Database mine = i % 2 == 0 ? one : other;
                all.add(executor.submit(() -> {
                    for (int n = 0; n < 25; n++) {
                        mine.writing(handle -> {
                            long now = handle.createQuery("SELECT n FROM counter WHERE id = 1")
                                    .mapTo(Long.class)
                                    .one();
                            handle.execute("UPDATE counter SET n = ? WHERE id = 1", now + 1);
                        });
                    }
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
            assertThat(count(one)).isEqualTo(200);
        }
    }

    @Test
    void aCommitByAnybodyIsNoticed() {
        try (Database one = open();
                Database other = open()) {
            one.migrate("test", FIRST);
            long version = one.version();
            assertThat(one.version()).isEqualTo(version);
            one.writing(handle -> handle.execute("UPDATE counter SET n = 1"));
            long own = one.version();
            assertThat(own).isNotEqualTo(version);
            other.writing(handle -> handle.execute("UPDATE counter SET n = 2"));
            assertThat(one.version()).isNotEqualTo(own);
        }
    }

    @Test
    void anExceptionUndoesTheWrite() {
        try (Database database = open()) {
            database.migrate("test", FIRST);
            assertThatThrownBy(() -> database.writing(handle -> {
                        handle.execute("UPDATE counter SET n = 7");
                        throw new IllegalStateException("no");
                    }))
                    .hasMessage("no");
            assertThat(count(database)).isZero();
        }
    }

    @Test
    void aFileThatIsNoDatabaseIsRefusedByName() throws Exception {
        Path file = Files.writeString(folder.resolve("tarn.db"), "certainly not a database, but long enough to be one");
        assertThatThrownBy(() -> {
                    try (Database database = Database.open(new DatabaseConfig.Sqlite(file))) {
                        database.migrate("test", FIRST);
                    }
                })
                .isInstanceOfSatisfying(TarnException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.DATABASE_FAILED);
                    assertThat(e).hasMessageContaining("tarn.db");
                });
    }

    @Test
    void theOneSettingIsAPathOrAnAddress() {
        assertThat(DatabaseConfig.parse("state/tarn.db", Path.of("/project")))
                .isEqualTo(new DatabaseConfig.Sqlite(Path.of("/project/state/tarn.db")));
        assertThat(DatabaseConfig.parse("postgresql://ann:p%40ss@db.example:5433/tarn?sslmode=require", Path.of("/")))
                .isEqualTo(new DatabaseConfig.Postgres(
                        "jdbc:postgresql://db.example:5433/tarn?sslmode=require", "ann", "p@ss"));
        assertThatThrownBy(() -> DatabaseConfig.parse("postgresql://ann:secret@/x", Path.of("/")))
                .isInstanceOf(TarnException.class)
                .hasMessageNotContaining("secret");
        assertThat(new DatabaseConfig.Postgres("jdbc:postgresql://h/d", "ann", "secret").toString())
                .doesNotContain("secret");
    }

    private Database open() {
        return Database.open(new DatabaseConfig.Sqlite(folder.resolve("tarn.db")));
    }

    private static long count(Database database) {
        return database.read(handle -> handle.createQuery("SELECT n FROM counter WHERE id = 1")
                .mapTo(Long.class)
                .one());
    }

    @Test
    void whetherItAnswersIsKnown() {
        assumeTrue(PostgresServer.isAvailable(), PostgresServer.MISSING);
        PostgresServer server = PostgresServer.start();
        Database database;
        try (server) {
            database = Database.open(server.newDatabase());
            assertThat(database.answers(Duration.ofMinutes(1))).isTrue();
        }
        try (database) {
            assertThat(database.answers(Duration.ofSeconds(1))).isFalse();
        }
    }
}
