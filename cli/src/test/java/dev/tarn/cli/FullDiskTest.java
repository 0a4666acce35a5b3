package dev.tarn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.core.project.Project;
import dev.tarn.server.Server;
import io.trino.client.ClientSession;
import io.trino.client.StatementClient;
import io.trino.client.StatementClientFactory;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A disk that is really full: a file system of 48 MB in memory, mounted where only a child process sees it.
final class FullDiskTest {
    private static final List<String> NAMESPACE = List.of("unshare", "--user", "--map-root-user", "--mount");
    private static final String MOUNT = "mount -t tmpfs -o size=48m none \"$0\" && ";

    @TempDir
    Path folder;

    @Test
    void loadsRunsAndCommitsFailClearlyAndTheServerGoesOn() throws Exception {
        Path disk = Files.createDirectories(folder.resolve("disk"));
        Path source = folder.resolve("big.csv");
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(source))) {
            out.println("id,word");
            for (int i = 0; i < 300_000; i++) {
                out.println(i + "," + new UUID(i * 0x9E3779B97F4A7C15L, i * 0xC2B2AE3D27D4EB4FL));
            }
        }
        String said = Sandboxed.run(
                concat(NAMESPACE, List.of("sh", "-c", MOUNT + "exec \"$@\"", disk.toString())),
                concat(NAMESPACE, List.of("sh", "-c", MOUNT + "true", disk.toString())),
                Program.class,
                disk.toString(),
                source.toString());
        assertThat(said).endsWith("all as it should be\n");
    }

    private static List<String> concat(List<String> first, List<String> second) {
        return java.util.stream.Stream.concat(first.stream(), second.stream()).toList();
    }

    /// What happens on the small disk.
    static final class Program {
        private static final StringWriter OUT = new StringWriter();
        private static final StringWriter ERR = new StringWriter();

        private Program() {}

        public static void main(String[] arguments) {
            try {
                onSmallDisk(arguments);
                System.out.println("all as it should be");
                System.exit(0);
            } catch (Throwable e) {
                e.printStackTrace(System.out);
                // The server's threads would keep the process alive.
                System.exit(1);
            }
        }

        private static void onSmallDisk(String[] arguments) throws Exception {
            Path disk = Path.of(arguments[0]);
            Path project =
                    Files.createDirectories(disk.resolve("project/sources")).getParent();
            Files.writeString(
                    project.resolve("tarn.yml"), "name: full\nserver:\n  port: 0\nlimits:\n  memory: 256MB\n");
            Files.writeString(project.resolve("sources/big.yml"), "tables:\n  big:\n    path: " + arguments[1] + "\n");
            String folder = project.toString();
            Server server = Server.start(Project.load(project, Map.of()));
            server.awaitReady(Duration.ofMinutes(5));
            done(tarn("query", folder, "CREATE SCHEMA s"));
            done(tarn("query", folder, "CREATE TABLE s.t AS SELECT 1 AS n"));

            fill(disk, 4 << 20);
            assertThat(tarn("run", folder)).as(() -> OUT + "" + ERR).isEqualTo(4);
            assertThat(OUT + "" + ERR)
                    .contains("STORAGE_FAILED", "full")
                    .contains("published nothing")
                    .doesNotContain("\tat ");
            assertThat(tarn("query", folder, "SELECT count(*) FROM bronze.big")).isEqualTo(2);
            answers(folder);

            fill(disk, 1 << 20);
            assertThat(segmentsError(
                            server.url(),
                            "SELECT x, y FROM UNNEST(sequence(1, 1000)) a(x), UNNEST(sequence(1," + " 1000)) b(y)"))
                    .contains("cannot write rows for a client", "the disk is full");
            answers(folder);

            fill(disk, 0);
            assertThat(tarn("query", folder, "INSERT INTO s.t SELECT x FROM UNNEST(sequence(1, 9000)) u(x)"))
                    .as(() -> OUT + "" + ERR)
                    .isEqualTo(4);
            assertThat(ERR.toString()).containsPattern("error (STORAGE|DATABASE)_FAILED: .*full");
            answers(folder);

            Files.delete(disk.resolve("filler"));
            done(tarn("query", folder, "INSERT INTO s.t VALUES 2"));
            done(tarn("run", folder));
            done(tarn(
                    "query", folder, "SELECT count(*), (SELECT count(*) FROM s.t) FROM bronze.big", "--format", "csv"));
            assertThat(OUT.toString()).endsWith("300000,2\r\n");
            server.close();
        }

        /// What a client reads that asked for the rows in segments.
        private static String segmentsError(String url, String sql) {
            ClientSession session = ClientSession.builder()
                    .server(URI.create(url))
                    .user(Optional.of("ada"))
                    .source("test")
                    .timeZone(ZoneId.of("UTC"))
                    .clientRequestTimeout(io.airlift.units.Duration.valueOf("2m"))
                    .encoding(Optional.of("json"))
                    .build();
            try (StatementClient statement =
                    StatementClientFactory.newStatementClient(new OkHttpClient(), session, sql)) {
                while (statement.advance()) {
                    statement.currentRows().forEach(row -> {});
                }
                return String.valueOf(statement.finalStatusInfo().getError());
            }
        }

        private static void answers(String folder) {
            done(tarn("query", folder, "SELECT n FROM s.t", "--format", "csv"));
            assertThat(OUT.toString()).isEqualTo("n\r\n1\r\n");
        }

        private static void done(int status) {
            assertThat(status).as(() -> OUT + "" + ERR).isZero();
        }

        private static int tarn(String... words) {
            OUT.getBuffer().setLength(0);
            ERR.getBuffer().setLength(0);
            return Tarn.commandLine(new PrintWriter(OUT, true), new PrintWriter(ERR, true))
                    .execute(words);
        }

        /// Leaves so many bytes free.
        private static void fill(Path disk, long free) throws IOException {
            Path filler = disk.resolve("filler");
            long bytes =
                    Files.getFileStore(disk).getUsableSpace() + (Files.exists(filler) ? Files.size(filler) : 0) - free;
            try (OutputStream out = Files.newOutputStream(filler)) {
                byte[] block = new byte[4096];
                for (long at = 0; at < bytes; at += block.length) {
                    out.write(block);
                }
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("No space left");
            }
        }
    }
}
