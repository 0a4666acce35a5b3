package dev.tarn.serve.receipt;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.thread.IdleTime;
import dev.tarn.lake.Lake;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.duckdb.DataFileWriter;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.Locations;
import dev.tarn.query.duckdb.SqlText;
import dev.tarn.serve.predict.Prediction;
import dev.tarn.serve.predict.PredictionIds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The receipts of predictions, and the labels that come later: first lines in files, then rows of
/// `bronze.predictions` and `bronze.prediction_feedback`, each exactly once.
public final class Receipts implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Receipts.class);
    private static final Duration JUDGED_EVERY = Duration.ofMinutes(5);
    /// More than a request's texts can make of it.
    private static final int LINE_BYTES_MAX = 16 << 20;
    /// A receipt is some kilobytes: few at once keep a load's memory small, and one found by its id is read fast.
    private static final Map<String, String> PROPERTIES =
            Map.of(DataFileWriter.ROW_GROUP_ROWS, "8192", DataFileWriter.DICTIONARY_VALUES_MAX, "1024");
    private static final Duration SYNC = Duration.ofMillis(100);
    private static final TableIdentifier PREDICTIONS = TableIdentifier.of("bronze", "predictions");
    private static final TableIdentifier FEEDBACK = TableIdentifier.of("bronze", "prediction_feedback");
    private static final Schema PREDICTION_SCHEMA = new Schema(
            Types.NestedField.required(1, "prediction_id", Types.StringType.get()),
            Types.NestedField.required(2, "predicted_at", Types.TimestampType.withZone()),
            Types.NestedField.required(3, "service", Types.StringType.get()),
            Types.NestedField.required(4, "model", Types.StringType.get()),
            Types.NestedField.required(5, "model_version", Types.LongType.get()),
            Types.NestedField.required(6, "alias", Types.StringType.get()),
            Types.NestedField.required(7, "run_id", Types.StringType.get()),
            Types.NestedField.required(8, "code", Types.StringType.get()),
            Types.NestedField.required(9, "probability", Types.DoubleType.get()),
            Types.NestedField.required(10, "threshold", Types.DoubleType.get()),
            Types.NestedField.required(11, "positive", Types.BooleanType.get()),
            Types.NestedField.required(12, "user_name", Types.StringType.get()),
            Types.NestedField.required(13, "request", Types.StringType.get()),
            Types.NestedField.required(14, "inputs", Types.StringType.get()),
            Types.NestedField.required(15, "unknown_words", Types.StringType.get()),
            Types.NestedField.required(16, "shadow", Types.StringType.get()));
    private static final Schema FEEDBACK_SCHEMA = new Schema(
            Types.NestedField.required(1, "prediction_id", Types.StringType.get()),
            Types.NestedField.required(2, "received_at", Types.TimestampType.withZone()),
            Types.NestedField.required(3, "label", Types.BooleanType.get()),
            Types.NestedField.required(4, "user_name", Types.StringType.get()));

    private final Lake lake;
    private final Supplier<DuckDb> duckDb;
    private final Supplier<QueryEngine> engine;
    private final Consumer<Collection<LocalDate>> judge;
    private final SegmentLog predictions;
    private final SegmentLog feedback;
    private final ReentrantLock flushing = new ReentrantLock();
    private final Thread worker;
    private volatile boolean closed;

    /// @param duckDb one that may read the folder besides the warehouse
    /// @param folder of the files; the server's alone
    /// @param every how long a receipt may wait to become a row
    /// @param judge is given the days to whose predictions something was added, some minutes later
    public Receipts(
            Lake lake,
            Supplier<DuckDb> duckDb,
            Supplier<QueryEngine> engine,
            Path folder,
            Duration every,
            Consumer<Collection<LocalDate>> judge) {
        this.judge = judge;
        this.lake = lake;
        this.duckDb = duckDb;
        this.engine = engine;
        lake.database()
                .migrate(
                        "serve",
                        "CREATE TABLE serve_segment (name TEXT PRIMARY KEY);",
                        "CREATE TABLE serve_touched_day (day TEXT PRIMARY KEY, touches BIGINT NOT NULL);");
        predictions = new SegmentLog(folder.resolve("predictions"));
        feedback = new SegmentLog(folder.resolve("feedback"));
        worker = Thread.ofPlatform().daemon().name("tarn-receipts").start(() -> work(every));
    }

    /// Keeps receipts. What is kept survives the end of this process at once, and of the machine after a tenth
    /// of a second.
    public void keep(List<Prediction> made) {
        predictions.append(ReceiptJson.lines(made));
    }

    /// Keeps what turned out to be true.
    ///
    /// @throws TarnException `NOT_FOUND` for a prediction that was never made
    public void label(String predictionId, boolean label, String user) {
        find(predictionId);
        String line = "{\"prediction_id\":\"" + predictionId + "\",\"received_at\":\"" + Instant.now() + "\",\"label\":"
                + label + ",\"user_name\":" + quoted(user) + "}\n";
        feedback.append(line.getBytes(StandardCharsets.UTF_8));
    }

    /// The receipt of a prediction.
    ///
    /// @throws TarnException `NOT_FOUND`
    public Prediction find(String predictionId) {
        if (!PredictionIds.isId(predictionId)) {
            throw new TarnException(ErrorCode.NOT_FOUND, "'" + shown(predictionId) + "' is not a prediction's id");
        }
        return predictions
                .find("\"prediction_id\":\"" + predictionId + "\"")
                .map(ReceiptJson::read)
                .or(() -> fromTable(predictionId))
                .orElseThrow(() -> new TarnException(ErrorCode.NOT_FOUND, "there is no prediction " + predictionId));
    }

    /// @param id checked: hexadecimal digits only
    private Optional<Prediction> fromTable(String id) {
        if (!lake.main().tableExists(PREDICTIONS)) {
            return Optional.empty();
        }
        List<String> names = PREDICTION_SCHEMA.columns().stream()
                .map(Types.NestedField::name)
                .toList();
        String sql = "SELECT " + String.join(", ", names).replace("predicted_at", "to_iso8601(predicted_at)")
                + " FROM bronze.predictions WHERE prediction_id = '" + id + "' LIMIT 1";
        QuerySession session = QuerySession.of(Identity.local("tarn")).withZone(ZoneOffset.UTC);
        try (QueryResult result = engine.get().execute(session, sql)) {
            List<List<@Nullable Object>> rows = result.all();
            if (rows.isEmpty()) {
                return Optional.empty();
            }
            ObjectNode head = JsonNodeFactory.instance.objectNode();
            Map<String, String> parts = new HashMap<>();
            for (int i = 0; i < names.size(); i++) {
                Object value = rows.getFirst().get(i);
                if (ReceiptJson.PARTS.contains(names.get(i))) {
                    parts.put(names.get(i), String.valueOf(value));
                } else {
                    head.putPOJO(names.get(i), value);
                }
            }
            return Optional.of(ReceiptJson.read(head.toString(), parts));
        }
    }

    /// Brings everything kept so far into the tables.
    public void flush() {
        flushing.lock();
        try {
            load(predictions, PREDICTIONS, PREDICTION_SCHEMA, ReceiptJson.PARTS);
            load(feedback, FEEDBACK, FEEDBACK_SCHEMA, List.of());
        } finally {
            flushing.unlock();
        }
    }

    /// Brings everything kept so far into the tables and has the days judged that something was added to.
    public void judge() {
        flush();
        Map<String, Long> touched = new TreeMap<>();
        lake.database()
                .read(handle -> handle.createQuery("SELECT day, touches FROM serve_touched_day")
                        .map((row, context) -> touched.put(row.getString(1), row.getLong(2)))
                        .list());
        if (touched.isEmpty()) {
            return;
        }
        judge.accept(touched.keySet().stream().map(LocalDate::parse).toList());
        // What was added meanwhile is judged the next time.
        lake.database().write(handle -> {
            touched.forEach((day, touches) ->
                    handle.execute("DELETE FROM serve_touched_day WHERE day = ? AND touches = ?", day, touches));
            return touched.size();
        });
    }

    private void load(SegmentLog from, TableIdentifier name, Schema schema, List<String> parts) {
        from.seal();
        for (Path segment : from.sealed()) {
            String segmentName = segment.getFileName().toString();
            boolean known = lake.database()
                    .read(handle -> handle.createQuery("SELECT 1 FROM serve_segment WHERE name = :name")
                            .bind("name", segmentName)
                            .mapTo(Integer.class)
                            .findOne()
                            .isPresent());
            if (!known) {
                load(segment, segmentName, table(name, schema), name, schema, parts);
            }
            try {
                Files.deleteIfExists(segment);
            } catch (IOException e) {
                log.warn("cannot delete {}, which is loaded: {}", segment, e.getMessage());
            }
        }
    }

    private void load(
            Path segment, String segmentName, Table table, TableIdentifier name, Schema schema, List<String> parts) {
        // On a busy machine this takes long; requests do not.
        Loaded loaded = IdleTime.compute("tarn-receipts-load", () -> write(segment, table, schema, parts));
        lake.appendLater("main", name, loaded.files(), Map.of(), handle -> {
                    handle.execute("INSERT INTO serve_segment (name) VALUES (?)", segmentName);
                    loaded.days()
                            .forEach(day -> handle.execute(
                                    "INSERT INTO serve_touched_day (day, touches) VALUES (?, 1)"
                                            + " ON CONFLICT (day) DO UPDATE SET touches = serve_touched_day.touches + 1",
                                    day.toString()));
                })
                .join();
    }

    /// @param files written, not yet part of their table
    /// @param days of the predictions in them
    private record Loaded(List<DataFile> files, Set<LocalDate> days) {}

    private Loaded write(Path segment, Table table, Schema schema, List<String> parts) {
        Set<LocalDate> days = new TreeSet<>();
        try (DuckDBConnection connection = duckDb.get().connect();
                Statement statement = connection.createStatement()) {
            List<DataFile> files = DataFileWriter.write(connection, table, rows(segment, schema, parts));
            String paths = SqlText.strings(
                    files.stream().map(file -> Locations.path(file.location())).toList());
            if (!files.isEmpty()) {
                try (ResultSet ids = statement.executeQuery("SELECT DISTINCT left(prediction_id, "
                        + PredictionIds.TIME_DIGITS + ") FROM read_parquet(" + paths + ")")) {
                    while (ids.next()) {
                        days.add(PredictionIds.day(ids.getString(1)));
                    }
                }
            }
            return new Loaded(files, days);
        } catch (SQLException e) {
            throw new TarnException(
                    ErrorCode.STORAGE_FAILED, "the receipts in " + segment + " cannot be loaded: " + e.getMessage(), e);
        }
    }

    /// The rows of a file's lines: the columns of the head, which is parsed once, and the parts as they are.
    private static String rows(Path segment, Schema schema, List<String> parts) {
        List<String> types = new ArrayList<>();
        List<String> columns = new ArrayList<>();
        for (Types.NestedField field : schema.columns()) {
            String name = field.name();
            if (parts.contains(name)) {
                columns.add(name);
                continue;
            }
            boolean time = field.type().typeId() == Type.TypeID.TIMESTAMP;
            columns.add(time ? "CAST(h." + name + " AS TIMESTAMPTZ) AS " + name : "h." + name);
            String type = switch (field.type().typeId()) {
                case LONG -> "BIGINT";
                case DOUBLE -> "DOUBLE";
                case BOOLEAN -> "BOOLEAN";
                default -> "VARCHAR";
            };
            types.add("\"" + name + "\":\"" + type + "\"");
        }
        String texts = Stream.concat(Stream.of("head"), parts.stream())
                .map(part -> SqlText.string(part) + ": 'VARCHAR'")
                .collect(Collectors.joining(", ", "{", "}"));
        String lines = "read_csv(" + SqlText.string(segment.toAbsolutePath().toString()) + ", columns = " + texts
                + ", delim = '\t', quote = '', escape = '', header = false, auto_detect = false, max_line_size = "
                + LINE_BYTES_MAX + ", buffer_size = " + LINE_BYTES_MAX + ")";
        return "SELECT " + String.join(", ", columns) + " FROM (SELECT *, json_transform_strict(head, '{"
                + String.join(",", types) + "}') AS h FROM " + lines + ")";
    }

    private Table table(TableIdentifier name, Schema schema) {
        if (!lake.main().tableExists(name)) {
            Namespace namespace = name.namespace();
            if (!lake.main().namespaceExists(namespace)) {
                lake.main().createNamespace(namespace);
            }
            return lake.main().createTable(name, schema, PartitionSpec.unpartitioned(), PROPERTIES);
        }
        return lake.main().loadTable(name);
    }

    private void work(Duration every) {
        long nextFlush = System.nanoTime() + every.toNanos();
        long nextJudging = System.nanoTime() + JUDGED_EVERY.toNanos();
        while (!closed) {
            try {
                Thread.sleep(SYNC);
                predictions.sync();
                feedback.sync();
                if (System.nanoTime() - nextFlush > 0) {
                    flush();
                    nextFlush = System.nanoTime() + every.toNanos();
                }
                if (System.nanoTime() - nextJudging > 0) {
                    nextJudging = System.nanoTime() + JUDGED_EVERY.toNanos();
                    judge();
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                nextFlush = System.nanoTime() + every.toNanos();
                log.warn("receipts wait in their files, and are loaded later: {}", e.getMessage());
            }
        }
    }

    private static String quoted(String text) {
        return TextNode.valueOf(text).toString();
    }

    private static String shown(String text) {
        return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }

    /// Ends the files; what is in them is loaded at the next start.
    @Override
    public void close() {
        closed = true;
        worker.interrupt();
        predictions.close();
        feedback.close();
    }
}
