package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A statement stops wherever it is, and leaves nothing behind; a long answer takes little memory.
class CancellationTest {
    /// Would take hours.
    private static final String ENDLESS = "SELECT count(*) AS n FROM UNNEST(SEQUENCE(1, 10000)) a(n),"
            + " UNNEST(SEQUENCE(1, 10000)) b(n), UNNEST(SEQUENCE(1, 10000)) c(n), UNNEST(SEQUENCE(1, 10000)) d(n)"
            + " WHERE a.n * b.n % 7 = c.n % 11 + d.n % 5";

    @TempDir
    static Path folder;

    static TestEngine engine;

    @BeforeAll
    static void start() {
        engine = new TestEngine(folder);
        engine.run("CREATE SCHEMA s");
        engine.run("USE s");
        engine.run("CREATE TABLE t AS SELECT n FROM UNNEST(SEQUENCE(1, 1000)) AS u(n)");
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ENDLESS,
                "CREATE TABLE made AS " + ENDLESS,
                "INSERT INTO t " + ENDLESS,
                "DELETE FROM t WHERE n = (" + ENDLESS + ")"
            })
    void beforeThereIsAnAnswer(String sql) throws Exception {
        long files = dataFiles();
        Cancellation cancellation = new Cancellation();
        CompletableFuture<Throwable> ended = CompletableFuture.supplyAsync(
                () -> catchThrowable(() -> {
                    try (QueryResult result = engine.engine.execute(engine.session, sql, cancellation)) {
                        result.all();
                    }
                }),
                work -> Thread.ofPlatform().daemon().start(work));
        awaitRunning();
        cancellation.cancel();
        Throwable failure = ended.get(2, TimeUnit.MINUTES);
        assertThat(SqlError.of(failure).code().getName()).isEqualTo("USER_CANCELED");
        assertThat(engine.value("SELECT count(*) FROM t")).isEqualTo(1000L);
        assertThat(engine.run("SHOW TABLES")).hasSize(1);
        assertThat(dataFiles()).isEqualTo(files);
    }

    @Test
    void beforeItBegan() {
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();
        Throwable failure = catchThrowable(() -> {
            try (QueryResult result = engine.engine.execute(engine.session, ENDLESS, cancellation)) {
                result.all();
            }
        });
        assertThat(SqlError.of(failure).code().getName()).isEqualTo("USER_CANCELED");
    }

    @Test
    void whileRowsAreRead() {
        try (QueryResult result = engine.engine.execute(engine.session, "SELECT a.n, b.n FROM t a, t b, t c")) {
            assertThat(result.next()).isNotEmpty();
            result.cancel();
            Throwable failure = catchThrowable(result::next);
            assertThat(SqlError.of(failure).code().getName()).isEqualTo("USER_CANCELED");
        }
    }

    @Test
    void whileTheNextRowsAreComputed() throws Exception {
        Cancellation cancellation = new Cancellation();
        CompletableFuture<Throwable> ended = CompletableFuture.supplyAsync(
                () -> catchThrowable(() -> {
                    try (QueryResult result = engine.engine.execute(
                            engine.session,
                            "SELECT a.n FROM t a, t b, t c, t d WHERE (a.n = 1 AND b.n = 1 AND c.n <= 1)"
                                    + " OR a.n * b.n * c.n % 7919 = d.n + 100000",
                            cancellation)) {
                        while (!result.next().isEmpty()) {
                            // A few rows come, and others would take hours.
                        }
                    }
                }),
                work -> Thread.ofPlatform().daemon().start(work));
        awaitRunning();
        cancellation.cancel();
        assertThat(SqlError.of(ended.get(2, TimeUnit.MINUTES)).code().getName()).isEqualTo("USER_CANCELED");
    }

    @Test
    void aLongAnswerTakesLittleMemory() throws Exception {
        String wide = "SELECT a.n, b.n, c.n, rpad('x', 200, 'y') AS v FROM t a, t b, t c";
        try (QueryResult result = engine.engine.execute(engine.session, wide)) {
            for (int page = 0; page < 5; page++) {
                assertThat(result.next()).isNotEmpty();
            }
            try (Connection connection = engine.duckDb.connect();
                    Statement statement = connection.createStatement();
                    ResultSet used = statement.executeQuery(
                            "SELECT sum(memory_usage_bytes + temporary_storage_bytes) FROM duckdb_memory()")) {
                used.next();
                // All of it would be 200 GB.
                assertThat(used.getLong(1)).isLessThan(256L << 20);
            }
        }
        assertThat(engine.run("SELECT n FROM t ORDER BY n LIMIT 1")).isEqualTo(List.of(List.of(1L)));
    }

    /// Until DuckDB computes something.
    private static void awaitRunning() throws InterruptedException {
        // Planning takes a moment; the cancellation must do its work whenever it comes, so the wait may be wrong.
        Thread.sleep(1_000);
    }

    private static long dataFiles() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".parquet")).count();
        }
    }
}
