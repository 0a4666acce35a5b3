package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.ManifestCache;
import dev.tarn.query.duckdb.ScanRequest;
import dev.tarn.query.duckdb.ScanSql;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Expressions;
import org.duckdb.DuckDBConnection;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Bytes that changed on the disk, in any file of a table, are noticed and named; no answer is ever made of them.
class DamagedFilesTest {
    private static final List<String> TABLES = List.of("plain", "positions", "vectors", "partitioned");

    @TempDir
    static Path folder;

    static TestEngine engine;

    @BeforeAll
    static void start() {
        engine = new TestEngine(folder);
        engine.run("CREATE SCHEMA s");
        engine.run("USE s");
        String rows = " AS SELECT n AS id, 'text ' || CAST(n AS varchar) AS word, n % 3 AS part"
                + " FROM UNNEST(sequence(1, 500)) AS t(n)";
        engine.run("CREATE TABLE plain" + rows);
        engine.run("INSERT INTO plain VALUES (501, NULL, 0)");
        String deletes = "extra_properties = MAP(ARRAY['write.delete.mode'], ARRAY['merge-on-read'])";
        engine.run("CREATE TABLE positions WITH (" + deletes + ")" + rows);
        engine.run("DELETE FROM positions WHERE id = 7");
        engine.run("CREATE TABLE vectors WITH (format_version = 3, " + deletes + ")" + rows);
        engine.run("DELETE FROM vectors WHERE id = 7");
        engine.run("CREATE TABLE partitioned WITH (partitioning = ARRAY['part'])" + rows);
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    @Test
    void flippedBytesAreNamedInEveryKindOfFile() throws Exception {
        Map<String, String> right = new HashMap<>();
        for (String table : TABLES) {
            right.put(table, answer(table));
        }
        Map<String, Integer> found = new HashMap<>();
        try (Stream<Path> all = Files.walk(folder.resolve("warehouse"))) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                FileTime time = Files.getLastModifiedTime(file);
                for (int at : List.of(5, bytes.length / 3, bytes.length / 2, bytes.length - 9, bytes.length - 1)) {
                    byte[] flipped = bytes.clone();
                    flipped[at] ^= (byte) (1 << (at % 8));
                    Files.write(file, flipped);
                    // As a failing disk does it: nothing but the bytes is another.
                    Files.setLastModifiedTime(file, time);
                    for (String table : tableOf(file)) {
                        if (noticed(table, right.get(table), file)) {
                            found.merge(kind(file), 1, Integer::sum);
                        }
                    }
                }
                Files.write(file, bytes);
                Files.setLastModifiedTime(file, time);
            }
        }
        assertThat(found.keySet()).contains("data", "deletes", "puffin", "manifest list", "manifest", "metadata.json");
        assertThat(found.get("data")).as("each byte of each data file").isGreaterThanOrEqualTo(5 * 7);
    }

    /// Whether the damage is said; otherwise the answer must be right, as where nothing reads the file any more.
    private static boolean noticed(String table, String right, Path file) throws Exception {
        try {
            assertThat(answer(table)).as(file.toString()).isEqualTo(right);
            return false;
        } catch (TarnException e) {
            assertThat(e.code()).as(e.toString()).isEqualTo(ErrorCode.DATA_CORRUPT);
            assertThat(e).hasMessageContaining(file.getFileName().toString());
            return true;
        }
    }

    private static String kind(Path file) {
        String name = file.getFileName().toString();
        if (name.endsWith(".parquet")) {
            return name.contains("deletes") ? "deletes" : "data";
        } else if (name.endsWith(".avro")) {
            return name.startsWith("snap-") ? "manifest list" : "manifest";
        }
        return name.endsWith(".json") ? "metadata.json" : "puffin";
    }

    private static List<String> tableOf(Path file) {
        return TABLES.stream()
                .filter(table -> file.toString().contains("/" + table + "-"))
                .toList();
    }

    /// What a program says that has just been started.
    private static String answer(String name) throws SQLException {
        try (Lake lake = Lake.open(LakeConfig.inFolder(folder))) {
            Table table = lake.main().loadTable(TableIdentifier.of("s", name));
            ScanRequest request = new ScanRequest(
                    OptionalLong.empty(),
                    Expressions.alwaysTrue(),
                    table.schema().columns(),
                    Set.of());
            String scan = new ScanSql(new ManifestCache(0)).scan(table, request).sql();
            return run(
                    engine.duckDb, "SELECT count(*), sum(id), sum(part), min(word), bit_xor(hash(word)) FROM " + scan);
        }
    }

    private static String run(DuckDb duckDb, String sql) throws SQLException {
        try (DuckDBConnection connection = duckDb.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            rows.next();
            for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                values.add(rows.getString(i));
            }
            return values.toString();
        }
    }

    /// Also under a plan that is kept, and for rows that are kept.
    @Test
    void aRunningEngineNoticesChangedAndMissingFiles() throws IOException {
        engine.run("CREATE TABLE here AS SELECT n AS id FROM UNNEST(sequence(1, 10)) AS t(n)");
        String query = "SELECT sum(id) FROM here";
        assertThat(engine.value(query)).isEqualTo(55L);
        assertThat(engine.value(query)).isEqualTo(55L);
        Path file = Path.of(String.valueOf(engine.value("SELECT file_path FROM \"here$files\""))
                .replaceFirst("^file:(//)?", ""));
        byte[] bytes = Files.readAllBytes(file);
        byte[] flipped = bytes.clone();
        flipped[6] ^= 1;
        Files.write(file, flipped);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1));
        assertCorrupt(query, file, "damaged");
        assertCorrupt("DELETE FROM here WHERE id = 1", file, "damaged");
        assertCorrupt("CREATE TABLE copied AS SELECT * FROM here", file, "damaged");
        Files.delete(file);
        assertCorrupt(query, file, "missing");
        Files.write(file, bytes);
        assertThat(engine.value(query)).isEqualTo(55L);
    }

    private static void assertCorrupt(String sql, Path file, String what) {
        assertThat(catchThrowable(() -> engine.run(sql)))
                .as(sql)
                .isInstanceOfSatisfying(
                        TarnException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPT))
                .hasMessageContaining(what)
                .hasMessageContaining(file.getFileName().toString());
    }

    /// A file that another engine wrote is taken as it is at the first reading, and compared from then on.
    @Test
    void filesOfOthersAreComparedFromTheirFirstReadingOn() throws Exception {
        engine.run("CREATE TABLE other AS SELECT n AS id, 'x' AS word, 1 AS part FROM UNNEST(sequence(1, 10)) AS t(n)");
        engine.lake.database().writing(handle -> handle.execute("DELETE FROM file_digest WHERE path LIKE '%/other-%'"));
        String right = answer("other");
        assertThat(answer("other")).isEqualTo(right);
        try (Stream<Path> all = Files.walk(folder.resolve("warehouse"))) {
            Path data = all.filter(path -> path.toString().matches(".*/other-.*\\.parquet"))
                    .findFirst()
                    .orElseThrow();
            byte[] bytes = Files.readAllBytes(data);
            bytes[7] ^= 4;
            Files.write(data, bytes);
            assertThatThrownBy(() -> answer("other"))
                    .isInstanceOf(TarnException.class)
                    .hasMessageContaining(data.getFileName().toString());
        }
    }
}
