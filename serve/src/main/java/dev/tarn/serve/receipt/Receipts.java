package dev.tarn.serve.receipt;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.thread.Politeness;
import dev.tarn.lake.Lake;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.duckdb.DataFileWriter;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.serve.predict.Prediction;
import dev.tarn.serve.predict.PredictionIds;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The receipts of predictions, and the labels that come later: first lines in files, then rows of
/// `bronze.predictions` and `bronze.prediction_feedback`, each exactly once.
public final class Receipts implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Receipts.class);
    private static final Duration JUDGED_EVERY = Duration.ofMinutes(5);
    /// Where a line holds its prediction's id: `{"prediction_id":"…`.
    private static final int ID_FROM = "{\"prediction_id\":\"".length();

    private static final int ID_TO = ID_FROM + PredictionIds.LENGTH;
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
        List<DataFile> files;
        Set<LocalDate> days = new TreeSet<>();
        try (DuckDBConnection connection = duckDb.get().connect();
                Statement statement = connection.createStatement()) {
            // The lines are handed over: the engine reads no files but the warehouse's.
            statement.execute("CREATE TEMP TABLE receipt_lines (head VARCHAR"
                    + parts.stream().map(part -> ", " + part + " VARCHAR").collect(Collectors.joining()) + ")");
            try (DuckDBAppender appender = connection.createAppender("receipt_lines");
                    BufferedReader lines = Files.newBufferedReader(segment)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    appender.beginRow();
                    for (String part : line.split("\t", -1)) {
                        appender.append(part);
                    }
                    appender.endRow();
                    days.add(PredictionIds.day(line.substring(ID_FROM, ID_TO)));
                }
            }
            files = DataFileWriter.write(connection, table, fromLines(schema, parts));
        } catch (SQLException | IOException e) {
            throw new TarnException(
                    ErrorCode.STORAGE_FAILED, "the receipts in " + segment + " cannot be loaded: " + e.getMessage(), e);
        }
        lake.appendLater("main", name, files, Map.of(), handle -> {
                    handle.execute("INSERT INTO serve_segment (name) VALUES (?)", segmentName);
                    days.forEach(day -> handle.execute(
                            "INSERT INTO serve_touched_day (day, touches) VALUES (?, 1)"
                                    + " ON CONFLICT (day) DO UPDATE SET touches = serve_touched_day.touches + 1",
                            day.toString()));
                })
                .join();
    }

    /// The columns of the lines: those of the head, which is parsed once, and the parts as they are.
    private static String fromLines(Schema schema, List<String> parts) {
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
        return "SELECT " + String.join(", ", columns) + " FROM (SELECT *, json_transform_strict(head, '{"
                + String.join(",", types) + "}') AS h FROM receipt_lines)";
    }

    private Table table(TableIdentifier name, Schema schema) {
        if (!lake.main().tableExists(name)) {
            Namespace namespace = name.namespace();
            if (!lake.main().namespaceExists(namespace)) {
                lake.main().createNamespace(namespace);
            }
            return lake.main().createTable(name, schema, PartitionSpec.unpartitioned());
        }
        return lake.main().loadTable(name);
    }

    private void work(Duration every) {
        boolean polite = false;
        long nextFlush = System.nanoTime() + every.toNanos();
        long nextJudging = System.nanoTime() + JUDGED_EVERY.toNanos();
        while (!closed) {
            try {
                Thread.sleep(SYNC);
                predictions.sync();
                feedback.sync();
                if (System.nanoTime() - nextFlush > 0) {
                    if (!polite) {
                        Politeness.giveWay();
                        polite = true;
                    }
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
