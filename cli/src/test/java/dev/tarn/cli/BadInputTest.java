package dev.tarn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.core.error.Blame;
import dev.tarn.core.project.Project;
import dev.tarn.server.Server;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What bad input gets, as the user of a command sees it: a code, what and where, a way out, and the exit
/// status. Nothing half-written is visible afterwards, and the server beside still answers.
final class BadInputTest {
    @TempDir
    static Path served;

    private static Server server;

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void start() throws Exception {
        project(served);
        server = Server.start(Project.load(served, Map.of()));
        server.awaitReady(Duration.ofMinutes(2));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /// Whatever happened, the server answers.
    @AfterEach
    void serverAnswers() {
        assertThat(run("query", served.toString(), "SELECT 1 AS n", "--format", "csv"))
                .isZero();
        assertThat(out.toString()).isEqualTo("n\r\n1\r\n");
    }

    private static void project(Path folder) throws IOException {
        write(folder, "tarn.yml", "name: test\nserver:\n  port: 0\nlimits:\n  memory: 256MB\n");
    }

    private static Path write(Path folder, String name, String text) throws IOException {
        return write(folder, name, text.getBytes(StandardCharsets.UTF_8));
    }

    private static Path write(Path folder, String name, byte[] bytes) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, bytes);
    }

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Tarn.commandLine(new PrintWriter(out, true), new PrintWriter(err, true))
                .execute(args);
    }

    /// Runs one source of the served project; what the command said, if it failed as it should.
    private String refused(String table, String settings) throws IOException {
        write(served, "sources/" + table + ".yml", "tables:\n  " + table + ":\n" + settings.indent(4));
        try {
            assertThat(run("run", served.toString(), "--select", "bronze." + table))
                    .as(() -> out + "" + err)
                    .isEqualTo(Blame.USER.exitStatus());
            String said = out + "" + err;
            assertThat(said).doesNotContain("\tat ");
            assertThat(err.toString()).startsWith("error ").contains("published nothing");
            run("query", served.toString(), "SELECT count(*) FROM bronze." + table);
            assertThat(err.toString()).as("no table is visible").contains("SQL_INVALID");
            return said;
        } finally {
            Files.delete(served.resolve("sources/" + table + ".yml"));
        }
    }

    @Test
    void aFileThatIsMissing() throws Exception {
        assertThat(refused("missing", "path: landing/missing.csv"))
                .contains("SOURCE_UNREADABLE", served + "/landing/missing.csv does not exist");
        Files.createDirectories(served.resolve("landing"));
        assertThat(refused("none", "path: landing/none_*.csv"))
                .contains("SOURCE_UNREADABLE", "No file matches", "set required: false");
    }

    @Test
    void aFileWithTheWrongNumberOfColumns() throws Exception {
        write(served, "landing/columns.csv", "id,name\n1,a\n2\n3,b,c\n");
        assertThat(refused("columns", "path: landing/columns.csv"))
                .contains("TOO_MANY_REJECTS", "columns.csv:3: 1 fields instead of 2", "raise max-rejects");
    }

    @Test
    void aFileThatIsNotUtf8() throws Exception {
        write(served, "landing/latin.csv", "id,name\n1,é\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(refused("latin", "path: landing/latin.csv"))
                .contains("TOO_MANY_REJECTS", "latin.csv:2: bytes that are not UTF-8");
    }

    @Test
    void filesThatAreCutOff() throws Exception {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write("id,word\n".getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < 50_000; i++) {
                gzip.write((i + "," + Integer.toHexString(i * 31) + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        write(served, "landing/cut.csv.gz", Arrays.copyOf(packed.toByteArray(), packed.size() / 2));
        assertThat(refused("cut_gzip", "path: landing/cut.csv.gz"))
                .contains("SOURCE_UNREADABLE", "cut.csv.gz cannot be read: it is cut off", "replace it");
        var compressor = new io.airlift.compress.v3.zstd.ZstdJavaCompressor();
        byte[] zstd = new byte[compressor.maxCompressedLength(packed.size())];
        int length = compressor.compress(packed.toByteArray(), 0, packed.size(), zstd, 0, zstd.length);
        write(served, "landing/cut.csv.zst", Arrays.copyOf(zstd, length / 2));
        assertThat(refused("cut_zstd", "path: landing/cut.csv.zst"))
                .contains("SOURCE_UNREADABLE", "cut.csv.zst cannot be read: it is cut off");
        write(served, "landing/cut.parquet", "PAR1 and no end");
        assertThat(refused("cut_parquet", "path: landing/cut.parquet"))
                .contains("SOURCE_UNREADABLE", "cut.parquet cannot be read: it is cut off");
        write(served, "landing/cut.json", "[{\"a\": 1}, {\"a\":");
        assertThat(refused("cut_json", "path: landing/cut.json"))
                .contains("SOURCE_UNREADABLE", "cut.json cannot be read: it is cut off");
    }

    @Test
    void modelsThatReferToNothingOrToThemselves() throws Exception {
        project(folder);
        write(folder, "dbt_project.yml", "name: p\n");
        write(folder, "models/a.sql", "SELECT * FROM {{ ref('nowhere') }}\n");
        assertThat(run("run", folder.toString())).isEqualTo(Blame.USER.exitStatus());
        assertThat(err.toString())
                .startsWith("error ")
                .contains("models/a.sql", "nowhere")
                .doesNotContain("\tat ");

        write(folder, "models/a.sql", "SELECT * FROM {{ ref('b') }}\n");
        write(folder, "models/b.sql", "SELECT * FROM {{ ref('c') }}\n");
        write(folder, "models/c.sql", "SELECT * FROM {{ ref('a') }}\n");
        assertThat(run("run", folder.toString())).isEqualTo(Blame.USER.exitStatus());
        assertThat(err.toString())
                .startsWith("error ")
                .containsPattern("[abc] .*[abc] .*[abc]")
                .doesNotContain("\tat ");

        Files.delete(folder.resolve("models/b.sql"));
        Files.delete(folder.resolve("models/c.sql"));
        write(folder, "models/a.sql", "SELECT * FROM bronze.nowhere\n");
        assertThat(run("run", folder.toString())).isEqualTo(Blame.USER.exitStatus());
        assertThat(out + "" + err).contains("SQL_INVALID", "models/a.sql:1", "bronze", "published nothing");
    }

    @Test
    void whatThePermissionsForbid() throws Exception {
        // Root may do everything unless it gives that up.
        List<String> without = System.getProperty("user.name").equals("root")
                ? List.of(
                        "setpriv",
                        "--bounding-set=-dac_override,-dac_read_search",
                        "--inh-caps=-dac_override,-dac_read_search")
                : List.of("env");
        List<String> possible = new ArrayList<>(without);
        possible.add("true");
        assertThat(Sandboxed.run(without, possible, Forbidden.class, folder.toString()))
                .endsWith("all as it should be\n");
    }

    /// What happens without the right to read and write everything.
    static final class Forbidden {
        private Forbidden() {}

        public static void main(String[] arguments) {
            try {
                withoutRights(Path.of(arguments[0]));
                System.out.println("all as it should be");
                System.exit(0);
            } catch (Throwable e) {
                e.printStackTrace(System.out);
                System.exit(1);
            }
        }

        private static void withoutRights(Path folder) throws IOException {
            project(folder);
            write(folder, "sources/t.yml", "tables:\n  t:\n    path: secret/*.csv\n");
            Path file = write(folder, "secret/t.csv", "id\n1\n");
            Files.setPosixFilePermissions(file, Set.of());
            assertThat(said(2, "run", folder.toString()))
                    .contains("SOURCE_UNREADABLE", file + " cannot be read: permission is denied");
            Files.setPosixFilePermissions(file.getParent(), Set.of());
            assertThat(said(2, "run", folder.toString()))
                    .contains("SOURCE_UNREADABLE", file.getParent().toString());
            Path locked = folder.resolve("locked");
            project(locked);
            Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-xr-xr-x"));
            assertThat(said(4, "query", locked.toString(), "SELECT 1"))
                    .startsWith("error STORAGE_FAILED: ")
                    .contains(locked.toString(), "permission");
        }

        private static String said(int status, String... words) {
            StringWriter said = new StringWriter();
            PrintWriter out = new PrintWriter(said, true);
            assertThat(Tarn.commandLine(out, out).execute(words))
                    .as(said::toString)
                    .isEqualTo(status);
            assertThat(said.toString()).doesNotContain("\tat ");
            return said.toString();
        }
    }

    @Test
    void sqlWithATypo() {
        assertThat(run("query", served.toString(), "SELECT 1 FORM t")).isEqualTo(Blame.USER.exitStatus());
        assertThat(err.toString()).startsWith("error SQL_INVALID: line 1:15: ");
        assertThat(run("query", served.toString(), "SELECT * FROM information_schema.tabels"))
                .isEqualTo(Blame.USER.exitStatus());
        assertThat(err.toString()).startsWith("error SQL_INVALID: line 1:15: ").contains("tables");
    }

    @Test
    void aWarehouseOfANewerVersion() throws Exception {
        project(folder);
        assertThat(run("query", folder.toString(), "SELECT 1")).isZero();
        try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve(".tarn/tarn.db"));
                Statement statement = database.createStatement()) {
            statement.execute("UPDATE tarn_component SET version = version + 100");
        }
        assertThat(run("query", folder.toString(), "SELECT 1")).isEqualTo(Blame.USER.exitStatus());
        assertThat(err.toString())
                .startsWith("error WAREHOUSE_TOO_NEW: ")
                .contains("newer Tarn")
                .doesNotContain("\tat ");
        assertThat(run("up", folder.toString())).isEqualTo(Blame.USER.exitStatus());
        assertThat(err.toString()).startsWith("error WAREHOUSE_TOO_NEW: ");
    }
}
