package dev.tarn.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.interop.peer.PeerJars;
import dev.tarn.interop.peer.Tarn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Trino's own command line, unmodified, against a Tarn server.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrinoCliIT {
    private static final int SECONDS_MAX = 120;

    @TempDir
    static Path project;

    private Tarn tarn;
    private Path cli;

    @BeforeAll
    void start() throws Exception {
        cli = PeerJars.resolve("trino-cli").getFirst();
        tarn = Tarn.start(project, "-Xmx1g");
        ask("CREATE SCHEMA shop; CREATE TABLE shop.sales AS "
                + "SELECT * FROM (VALUES (1, DECIMAL '2.50', DATE '2024-02-29'), (2, NULL, NULL)) "
                + "t (id, price, sold)");
    }

    @AfterAll
    void stop() {
        if (tarn != null) {
            tarn.close();
        }
    }

    @Test
    void listsCatalogsSchemasTablesAndColumns() throws Exception {
        assertThat(ask("SHOW CATALOGS").out()).contains("\"tarn\"");
        assertThat(ask("SHOW SCHEMAS").out()).contains("\"shop\"", "\"information_schema\"");
        assertThat(ask("SHOW TABLES FROM shop").out()).contains("\"sales\"");
        assertThat(ask("DESCRIBE shop.sales").out())
                .contains("\"id\",\"integer\",\"\",\"\"", "\"price\",\"decimal(3,2)\",\"\",\"\"");
    }

    @Test
    void queriesAndWrites() throws Exception {
        assertThat(ask("SELECT * FROM shop.sales ORDER BY id").out())
                .containsExactly("\"1\",\"2.50\",\"2024-02-29\"", "\"2\",\"\",\"\"");
        assertThat(ask("USE shop; SELECT count(*) FROM sales").out()).endsWith("\"2\"");
        assertThat(ask("PREPARE one FROM SELECT price FROM shop.sales WHERE id = ?; EXECUTE one USING 1")
                        .out())
                .endsWith("\"2.50\"");
    }

    @Test
    void readsEveryEncoding() throws Exception {
        String sql = "SELECT a * 1000 + b AS n, 'row ' || CAST(b AS varchar),"
                + " CAST(CAST(a AS decimal(9, 2)) / 4 AS decimal(9, 2)),"
                + " DATE '2024-01-01' + a * INTERVAL '1' DAY FROM UNNEST(sequence(0, 199)) AS a (a)"
                + " CROSS JOIN UNNEST(sequence(0, 999)) AS b (b) ORDER BY 1";
        List<String> json = ask(sql, "--encoding", "json").out();
        assertThat(json).hasSize(200_000).endsWith("\"199999\",\"row 999\",\"49.75\",\"2024-07-18\"");
        for (String encoding : List.of("json+zstd", "json+lz4")) {
            assertThat(ask(sql, "--encoding", encoding).out()).as(encoding).isEqualTo(json);
        }
    }

    @Test
    void showsWhereAStatementIsWrong() throws Exception {
        Answer answer = ask("SELECT pric FROM shop.sales");
        assertThat(answer.status()).isNotZero();
        assertThat(answer.err()).contains("line 1:8").contains("pric");
    }

    private record Answer(int status, List<String> out, String err) {}

    private Answer ask(String statements, String... options) throws IOException, InterruptedException {
        Path err = Files.createTempFile(project, "trino-cli", ".err");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-jar",
                cli.toString(),
                "--server",
                tarn.address(),
                "--catalog",
                "tarn",
                "--execute",
                statements));
        command.addAll(List.of(options));
        Process process =
                new ProcessBuilder(command).redirectError(err.toFile()).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("trino-cli does not end: " + out);
        }
        return new Answer(process.exitValue(), out.lines().toList(), Files.readString(err));
    }
}
