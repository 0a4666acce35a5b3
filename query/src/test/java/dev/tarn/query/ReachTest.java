package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.query.duckdb.DuckDbErrors;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.iceberg.catalog.TableIdentifier;
import org.duckdb.DuckDBConnection;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// No statement reads a file, an environment variable, a setting or the network except through a table of the
/// catalog, however it is put.
class ReachTest {
    private static final String SECRET = "hunter2";

    @TempDir
    static Path folder;

    static TestEngine engine;
    static Path secret;
    static String dataFile;
    static String tableFolder;

    @BeforeAll
    static void start() throws IOException {
        engine = new TestEngine(folder.resolve("lake"));
        secret = Files.writeString(folder.resolve("secret.csv"), "a\n" + SECRET + "\n");
        engine.run("CREATE SCHEMA s");
        engine.run("USE s");
        engine.run("CREATE TABLE t AS SELECT 1 AS i");
        dataFile = path(String.valueOf(engine.value("SELECT file_path FROM \"t$files\"")));
        tableFolder =
                path(engine.lake.main().loadTable(TableIdentifier.of("s", "t")).location());
        // A table's metadata that lies where nobody gave Tarn a folder.
        Path outside = Files.createDirectories(folder.resolve("metadata"));
        try (Stream<Path> files = Files.list(Path.of(tableFolder, "metadata"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, outside.resolve(file.getFileName()));
            }
        }
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    static List<String> attempts() {
        try (InputStream in = ReachTest.class.getResourceAsStream("/reach/attempts.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("attempts")
    void isRefusedOnEveryRoad(String attempt) {
        String sql = attempt.replace("%s", secret.toString())
                .replace("%w", dataFile)
                .replace("%d", folder.toString())
                .replace("%l", tableFolder);
        QuerySession session = engine.session;
        Map<String, Runnable> roads = new LinkedHashMap<>();
        roads.put("statement", () -> all(session, sql));
        roads.put("prepared", () -> all(prepared(session, sql), "EXECUTE p"));
        roads.put("immediate", () -> all(session, "EXECUTE IMMEDIATE '" + sql.replace("'", "''") + "'"));
        roads.put("view", () -> {
            all(session, "CREATE OR REPLACE VIEW v AS " + sql);
            all(session, "SELECT * FROM v");
        });
        roads.put("compiled", () -> engine.engine.compile(session, sql));
        roads.put(
                "model",
                () -> engine.engine.write(session, sql, engine.lake.main().loadTable(TableIdentifier.of("s", "t"))));
        roads.forEach((road, work) -> {
            Throwable failure = catchThrowable(work::run);
            assertThat(failure).as(road + ": " + sql).isInstanceOf(TarnException.class);
            assertThat(((TarnException) failure).code())
                    .as(road + ": " + failure)
                    .isNotEqualTo(ErrorCode.INTERNAL_ERROR);
            assertThat(failure).as(road).hasMessageNotContaining(SECRET);
        });
        assertThat(Path.of("/etc/tarn-out")).doesNotExist();
        assertThat(Path.of("/tmp/tarn-out")).doesNotExist();
        assertThat(folder.resolve("lake/outside")).doesNotExist();
    }

    /// Were the compiler wrong, DuckDB itself would still not go there.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT * FROM read_csv('%s')",
                "SELECT * FROM read_text('%s')",
                "SELECT * FROM read_blob('%s')",
                "SELECT * FROM read_text('%l/../../../../secret.csv')",
                "SELECT * FROM '%s'",
                "SELECT * FROM glob('/etc/*')",
                "SELECT * FROM read_csv('https://127.0.0.1:1/x.csv')",
                "COPY (SELECT 1) TO '/tmp/tarn-out'",
                "EXPORT DATABASE '/tmp/tarn-out'",
                "ATTACH '%d/x.db' AS x",
                "INSTALL httpfs",
                "LOAD httpfs",
                "SET enable_external_access = true",
                "SET allowed_directories = ['/']",
                "SET lock_configuration = false",
                "SET memory_limit = '1TB'",
                "SET temp_directory = '/tmp/tarn-out'",
                "SET GLOBAL allowed_configs = ['memory_limit']",
                "RESET lock_configuration",
                "RESET enable_external_access",
                "SET secret_directory = '/tmp/tarn-out'",
                "PRAGMA memory_limit = '1TB'",
                "CREATE PERSISTENT SECRET x (TYPE s3, KEY_ID 'a', SECRET 'b')"
            })
    void duckDbIsClosedToo(String attempt) throws SQLException {
        String sql = attempt.replace("%s", secret.toString())
                .replace("%d", folder.toString())
                .replace("%l", tableFolder);
        try (DuckDBConnection connection = engine.duckDb.connect();
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute(sql))
                    .as(sql)
                    .isInstanceOf(SQLException.class)
                    .hasMessageNotContaining(SECRET)
                    .satisfies(e ->
                            assertThat(DuckDbErrors.translate((SQLException) e)).hasMessageNotContaining(SECRET));
        }
        assertThat(Path.of("/tmp/tarn-out")).doesNotExist();
    }

    @Test
    void namesAndTextStayNamesAndText() {
        String name = "x\"\" FROM read_csv('" + secret + "') --";
        assertThat(engine.value("SELECT \"" + name + "\" FROM (VALUES 'kept') AS t(\"" + name + "\")"))
                .isEqualTo("kept");
        assertThat(engine.value("SELECT 'a''b\\' || U&'\\0000' || '; DROP TABLE x --'"))
                .isEqualTo("a'b\\\0; DROP TABLE x --");
    }

    /// A name that DuckDB would take for a file is the catalog's table, or a query's own.
    @Test
    void namesLikeFilesAreTables() {
        engine.run("CREATE TABLE \"" + secret.getFileName() + "\" (a varchar)");
        engine.run("INSERT INTO \"secret.csv\" VALUES 'the table'");
        assertThat(engine.value("SELECT a FROM \"secret.csv\"")).isEqualTo("the table");
        assertThat(engine.value(
                        "WITH \"" + secret + "\" AS (SELECT 'the query' AS a) SELECT a FROM \"" + secret + "\""))
                .isEqualTo("the query");
        assertThat(engine.value("SELECT \"" + secret + "\".a FROM (VALUES 'the alias') AS \"" + secret + "\"(a)"))
                .isEqualTo("the alias");
    }

    /// Functions take a path for what it is to them: text.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "length('%s')",
                "json_extract_scalar('{\"a\":1}', '$.a')",
                "from_utf8(to_utf8('%s'))",
                "regexp_extract('%s', '.*')",
                "url_extract_path('file://%s')",
                "array_join(ARRAY['%s'], ',')",
                "element_at(split('%s', '/'), 1)",
                "json_format(json_parse('{\"$ref\":\"%s\"}'))",
                "concat('', '%s')"
            })
    void pathsAreText(String expression) {
        assertThat(String.valueOf(engine.value("SELECT " + expression.replace("%s", secret.toString()))))
                .doesNotContain(SECRET);
    }

    private static void all(QuerySession session, String sql) {
        try (QueryResult result = engine.engine.execute(session, sql)) {
            result.all();
        }
    }

    private static QuerySession prepared(QuerySession session, String sql) {
        return session.with(SessionChanges.prepare("p", sql));
    }

    private static String path(String location) {
        return location.replaceFirst("^file:(//)?", "");
    }
}
