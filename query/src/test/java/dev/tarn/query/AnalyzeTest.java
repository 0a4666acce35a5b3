package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.identity.Identity;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.datasketches.common.Family;
import org.apache.datasketches.theta.UpdatableThetaSketch;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.StatisticsFile;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.puffin.BlobMetadata;
import org.apache.iceberg.puffin.Puffin;
import org.apache.iceberg.puffin.PuffinReader;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.Pair;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// ANALYZE: how many different values the columns have, in the form that Trino and Spark keep it.
class AnalyzeTest {
    @RegisterExtension
    static final TestEngine engine = TestEngine.ofClass();

    private static Table table(String name) {
        return engine.lake.main().loadTable(TableIdentifier.of("s", name));
    }

    /// The count of different values by column, as SHOW STATS says it.
    private static Map<Object, @Nullable Object> counts(String table) {
        Map<Object, @Nullable Object> counts = new HashMap<>();
        for (List<@Nullable Object> row : engine.run("SHOW STATS FOR " + table)) {
            if (row.getFirst() != null) {
                counts.put(row.getFirst(), row.get(2));
            }
        }
        return counts;
    }

    /// The statistics files' blobs by field id.
    private static Map<Integer, Pair<BlobMetadata, ByteBuffer>> blobs(Table table, StatisticsFile file)
            throws Exception {
        Map<Integer, Pair<BlobMetadata, ByteBuffer>> blobs = new HashMap<>();
        try (PuffinReader reader =
                Puffin.read(table.io().newInputFile(file.path())).build()) {
            for (Pair<BlobMetadata, ByteBuffer> blob :
                    reader.readAll(reader.fileMetadata().blobs())) {
                blobs.put(blob.first().inputFields().getFirst(), blob);
            }
        }
        return blobs;
    }

    @Test
    void countsTheDifferentValuesOfEachColumn() throws Exception {
        engine.run("CREATE TABLE towns (id bigint, name varchar, zero double, tags array(varchar))");
        engine.run(
                "INSERT INTO towns VALUES (1, 'Ulm', 0e0, ARRAY['x']), (2, 'Ulm', 0e0, NULL), (3, NULL, NULL, NULL)");
        engine.run("INSERT INTO towns VALUES (3, 'Bonn', -0e0, NULL), (4, '', 1e0, NULL)");
        engine.run("DELETE FROM towns WHERE id = 1");
        assertThat(counts("towns")).containsEntry("id", null).containsEntry("name", null);

        QueryResult result = engine.engine.execute(engine.session, "ANALYZE towns");
        assertThat(result.updateType()).contains("ANALYZE");
        assertThat(result.updateCount()).isEmpty();

        // An empty text is no value to the sketches' library, in Trino and Spark neither; 0 and -0 are two.
        assertThat(counts("towns"))
                .containsEntry("id", 3.0)
                .containsEntry("name", 2.0)
                .containsEntry("zero", 3.0)
                .containsEntry("tags", null);
        Table table = table("towns");
        Snapshot snapshot = table.currentSnapshot();
        StatisticsFile file = table.statisticsFiles().getFirst();
        assertThat(table.statisticsFiles()).hasSize(1);
        assertThat(file.snapshotId()).isEqualTo(snapshot.snapshotId());
        Map<Integer, Pair<BlobMetadata, ByteBuffer>> blobs = blobs(table, file);
        assertThat(blobs).containsOnlyKeys(1, 2, 3);
        BlobMetadata names = blobs.get(2).first();
        assertThat(names.type()).isEqualTo("apache-datasketches-theta-v1");
        assertThat(names.compressionCodec()).isEqualTo("zstd");
        assertThat(names.snapshotId()).isEqualTo(snapshot.snapshotId());
        assertThat(names.sequenceNumber()).isEqualTo(snapshot.sequenceNumber());
        assertThat(names.properties()).isEqualTo(Map.of("ndv", "2"));
    }

    /// A value, and how Iceberg holds it.
    private record Value(String type, String sql, Object held) {}

    private static final List<Value> VALUES = List.of(
            new Value("boolean", "true", true),
            new Value("boolean", "false", false),
            new Value("integer", "-1", -1),
            new Value("bigint", "9223372036854775807", Long.MAX_VALUE),
            new Value("real", "REAL '1.5'", 1.5f),
            new Value("double", "nan()", Double.NaN),
            new Value("double", "-0e0", -0.0),
            new Value("decimal(4, 2)", "-3.14", new BigDecimal("-3.14")),
            new Value("decimal(18, 0)", "128", new BigDecimal("128")),
            new Value(
                    "decimal(38, 10)",
                    "1234567890123456789012345678.0123456789",
                    new BigDecimal("1234567890123456789012345678.0123456789")),
            new Value("varchar", "'grün 🐘'", "grün 🐘"),
            new Value("varchar", "'" + "long ".repeat(500) + "'", "long ".repeat(500)),
            new Value("varbinary", "X'00ff'", ByteBuffer.wrap(new byte[] {0, -1})),
            new Value(
                    "uuid",
                    "UUID 'f2151fd2-7586-11e9-8f9e-2a86e4085a59'",
                    UUID.fromString("f2151fd2-7586-11e9-8f9e-2a86e4085a59")),
            new Value("date", "DATE '1969-12-31'", -1),
            new Value("time(6)", "TIME '00:00:01.000002'", 1_000_002L),
            new Value("timestamp(6)", "TIMESTAMP '1969-12-31 23:59:59.999999'", -1L),
            new Value("timestamp(6) with time zone", "TIMESTAMP '1970-01-01 01:00:00 +01:00'", 0L),
            new Value("timestamp(9)", "TIMESTAMP '1970-01-01 00:00:01.000000002'", 1_000_000_002L),
            new Value("timestamp(9) with time zone", "TIMESTAMP '1970-01-01 00:00:00.000000003 UTC'", 3L));

    /// Other engines merge the sketches with theirs, so a value's hash must be the one of Iceberg's bytes for it.
    @Test
    void aValueOfAnyTypeGoesInByIcebergsBytes() throws Exception {
        List<String> columns = new ArrayList<>();
        VALUES.forEach(value -> columns.add("c" + columns.size() + " " + value.type()));
        engine.run("CREATE TABLE every_type (" + String.join(", ", columns) + ") WITH (format_version = 3)");
        engine.run("INSERT INTO every_type VALUES ("
                + VALUES.stream().map(Value::sql).collect(Collectors.joining(", ")) + ")");
        engine.run("INSERT INTO every_type (c0) VALUES NULL");
        engine.run("ANALYZE every_type");
        Table table = table("every_type");
        Map<Integer, Pair<BlobMetadata, ByteBuffer>> blobs =
                blobs(table, table.statisticsFiles().getFirst());
        for (int i = 0; i < VALUES.size(); i++) {
            Types.NestedField field = table.schema().columns().get(i);
            UpdatableThetaSketch expected =
                    UpdatableThetaSketch.builder().setFamily(Family.ALPHA).build();
            expected.update(Conversions.toByteBuffer(field.type(), VALUES.get(i).held()));
            assertThat(bytes(blobs.get(field.fieldId()).second()))
                    .as(VALUES.get(i).type())
                    .isEqualTo(expected.compact().toByteArray());
        }
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    @Test
    void columnsThatAreNotNamedKeepWhatIsKnown() throws Exception {
        engine.run("CREATE TABLE part (a integer, b varchar)");
        engine.run("INSERT INTO part VALUES (1, 'x'), (2, 'x')");
        engine.run("ANALYZE part");
        long first = table("part").currentSnapshot().snapshotId();
        engine.run("INSERT INTO part VALUES (3, 'y'), (4, 'z')");
        engine.run("ANALYZE part WITH (columns = ARRAY['b', 'b'])");
        assertThat(counts("part")).containsEntry("a", 2.0).containsEntry("b", 3.0);
        Table table = table("part");
        StatisticsFile latest = table.statisticsFiles().stream()
                .filter(file -> file.snapshotId() == table.currentSnapshot().snapshotId())
                .findFirst()
                .orElseThrow();
        assertThat(blobs(table, latest).get(1).first().snapshotId()).isEqualTo(first);

        // A column that is gone takes what was known of it along.
        engine.run("ALTER TABLE part DROP COLUMN b");
        engine.run("INSERT INTO part VALUES 5");
        engine.run("ANALYZE part");
        assertThat(counts("part")).isEqualTo(Map.of("a", 5.0));
        engine.run("ALTER TABLE part EXECUTE drop_extended_stats");
        assertThat(counts("part")).containsEntry("a", null);
    }

    @Test
    void manyValuesAreEstimatedWithinLittleMemory() throws Exception {
        engine.run("CREATE TABLE numbers AS SELECT k, 'number ' || CAST(k AS varchar) AS name, k % 4000 AS few"
                + " FROM UNNEST(sequence(BIGINT '1', BIGINT '1000')) AS u (i),"
                + " UNNEST(sequence(BIGINT '1000' * i, BIGINT '1000' * i + 999)) AS v (k)");
        engine.run("ANALYZE numbers");
        Map<Object, @Nullable Object> counts = counts("numbers");
        assertThat((Double) counts.get("k")).isBetween(950_000.0, 1_050_000.0);
        assertThat((Double) counts.get("name")).isBetween(950_000.0, 1_050_000.0);
        // Below the sketches' size the count is exact.
        assertThat(counts).containsEntry("few", 4000.0);
        Table table = table("numbers");
        assertThat(table.statisticsFiles().getFirst().fileSizeInBytes()).isLessThan(200_000);
    }

    @Test
    void whatCannotBeAnalyzedIsRefusedInTrinosWords() {
        engine.run("CREATE TABLE refused (a integer, b row(c integer))");
        refused(
                "ANALYZE refused WITH (columns = ARRAY['nosuch'])",
                "INVALID_ANALYZE_PROPERTY",
                "Invalid columns specified for analysis: [nosuch]");
        // A table that never had rows has no snapshot that statistics could belong to.
        engine.run("ANALYZE refused");
        assertThat(table("refused").statisticsFiles()).isEmpty();
        engine.run("INSERT INTO refused VALUES (1, NULL)");
        engine.run("CREATE VIEW refused_view AS SELECT a FROM refused");
        refused(
                "ANALYZE refused WITH (columns = ARRAY['nosuch', 'a', 'b'])",
                "INVALID_ANALYZE_PROPERTY",
                "Invalid columns specified for analysis: [nosuch, b]");
        refused(
                "ANALYZE refused WITH (columns = ARRAY[])",
                "INVALID_ANALYZE_PROPERTY",
                "Cannot specify empty list of columns for analysis");
        refused(
                "ANALYZE refused WITH (columns = ARRAY['a', NULL])",
                "INVALID_ANALYZE_PROPERTY",
                "Invalid null value in analyze columns property");
        refused("ANALYZE refused WITH (nosuch = 1)", "INVALID_ANALYZE_PROPERTY", "nosuch");
        refused("ANALYZE refused_view", "NOT_SUPPORTED", "Analyzing views is not supported");
        refused("ANALYZE nosuch", "TABLE_NOT_FOUND", "Table 'tarn.s.nosuch' does not exist");
        engine.run("START TRANSACTION");
        try {
            refused("ANALYZE refused", "AUTOCOMMIT_WRITE_CONFLICT", "only supports writes using autocommit");
        } finally {
            engine.run("ROLLBACK");
        }
    }

    private static void refused(String sql, String code, String message) {
        assertThatThrownBy(() -> engine.run(sql))
                .as(sql)
                .hasMessageContaining(message)
                .satisfies(e -> assertThat(SqlError.of(e).code().getName()).isEqualTo(code));
    }

    @Test
    void explainSaysWhatAnAnalyzeWouldDo() {
        engine.run("CREATE TABLE explained AS SELECT 1 AS x");
        assertThat(engine.value("EXPLAIN (TYPE LOGICAL) ANALYZE explained").toString())
                .contains("StatisticsWriter");
        assertThat(table("explained").statisticsFiles()).isEmpty();
    }

    @Test
    void standsBesideWhatOthersCommit() throws Exception {
        engine.run("CREATE TABLE busy AS SELECT 0 AS x");
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> inserts = executor.submit(() -> {
                for (int i = 1; i <= 20; i++) {
                    try (QueryResult result = engine.engine.execute(engine.session, "INSERT INTO busy VALUES " + i)) {
                        result.all();
                    }
                }
            });
            for (int i = 0; i < 5; i++) {
                try (QueryResult result = engine.engine.execute(engine.session, "ANALYZE busy")) {
                    result.all();
                }
            }
            inserts.get();
        }
        assertThat(engine.value("SELECT count(*) FROM busy")).isEqualTo(21L);
        Table table = table("busy");
        assertThat(table.statisticsFiles()).isNotEmpty().allSatisfy(file -> {
            long rows =
                    Long.parseLong(table.snapshot(file.snapshotId()).summary().get("total-records"));
            assertThat(file.blobMetadata().getFirst().properties()).containsEntry("ndv", Long.toString(rows));
        });
    }

    @Test
    void aBranchHasItsOwnAndAPublishCanStillBeUndone() {
        Identity identity = new Identity("tester", "test", false);
        engine.run("CREATE TABLE branched AS SELECT 1 AS x");
        engine.lake.createBranch("counting", identity);
        QuerySession branch = engine.session.withBranch("counting");
        for (String sql : List.of("INSERT INTO branched VALUES 2", "ANALYZE branched")) {
            try (QueryResult result = engine.engine.execute(branch, sql)) {
                result.all();
            }
        }
        assertThat(counts("branched")).containsEntry("x", null);
        long publish = engine.lake.publish("counting", identity, "counted").id();
        assertThat(counts("branched")).containsEntry("x", 2.0);
        engine.run("ANALYZE branched");
        engine.lake.undo(publish, identity);
        assertThat(engine.value("SELECT count(*) FROM branched")).isEqualTo(1L);
    }
}
