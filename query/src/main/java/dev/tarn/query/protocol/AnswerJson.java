package dev.tarn.query.protocol;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.tarn.query.ResultColumn;
import dev.tarn.query.SqlError;
import dev.tarn.query.StatementInfo;
import io.trino.client.ClientCapabilities;
import io.trino.client.Column;
import io.trino.server.protocol.ProtocolUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers as the JSON that Trino's clients read (`QueryResults` of trino-client).
final class AnswerJson {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new Jdk8Module())
            // The client's classes write only what they annotate.
            .disable(MapperFeature.AUTO_DETECT_GETTERS, MapperFeature.AUTO_DETECT_IS_GETTERS)
            .disable(MapperFeature.AUTO_DETECT_FIELDS)
            .build();
    private static final byte[] DATA = ",\"data\":".getBytes(StandardCharsets.UTF_8);

    private AnswerJson() {}

    /// Where a client goes from an answer.
    ///
    /// @param next where the next answer is; null when there is none
    /// @param segments below which segments are
    record Uris(String info, @Nullable String next, String segments) {}

    /// Writes an answer; the rows are copied as they are.
    static void write(OutputStream out, Statement statement, Statement.Answer answer, Uris uris) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream(1024);
        try (JsonGenerator json = JSON.createGenerator(head)) {
            json.writeStartObject();
            json.writeStringField("id", statement.id());
            json.writeStringField("infoUri", uris.info);
            if (uris.next != null) {
                json.writeStringField("nextUri", uris.next);
            }
            if (answer.columns() != null) {
                json.writeFieldName("columns");
                json.writePOJO(columns(answer.columns(), statement.client()));
            }
            stats(json, answer.state().name(), answer.rows(), answer.queued(), answer.elapsed());
            if (answer.error() != null) {
                json.writeFieldName("error");
                error(json, answer.error());
            }
            json.writeArrayFieldStart("warnings");
            json.writeEndArray();
            if (answer.updateType().isPresent()) {
                json.writeStringField("updateType", answer.updateType().get());
            }
            if (answer.updateCount().isPresent()) {
                json.writeNumberField("updateCount", answer.updateCount().getAsLong());
            }
            if (answer.data() instanceof AnswerRows.Encoded encoded) {
                segments(json, encoded, uris.segments);
            }
            json.writeEndObject();
        }
        byte[] object = head.toByteArray();
        if (answer.data() instanceof AnswerRows.Plain(ByteBuffer rows)) {
            out.write(object, 0, object.length - 1);
            out.write(DATA);
            out.write(rows.array(), rows.arrayOffset(), rows.limit());
            out.write('}');
        } else {
            out.write(object);
        }
    }

    private static void segments(JsonGenerator json, AnswerRows.Encoded rows, String uri) throws IOException {
        json.writeObjectFieldStart("data");
        json.writeStringField("encoding", rows.encoding().word());
        json.writeObjectFieldStart("metadata");
        json.writeEndObject();
        json.writeArrayFieldStart("segments");
        for (Segment segment : rows.segments()) {
            json.writeStartObject();
            switch (segment) {
                case Segment.Inline(Segment.Part part, ByteBuffer data) -> {
                    json.writeStringField("type", "inline");
                    json.writeFieldName("data");
                    json.writeBinary(data.array(), data.arrayOffset(), data.limit());
                    metadata(json, part, null);
                }
                case Segment.Spooled(Segment.Part part, String id, Instant expires) -> {
                    json.writeStringField("type", "spooled");
                    json.writeStringField("uri", uri + "/download/" + id);
                    json.writeStringField("ackUri", uri + "/ack/" + id);
                    metadata(json, part, expires);
                    json.writeObjectFieldStart("headers");
                    json.writeEndObject();
                }
            }
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void metadata(JsonGenerator json, Segment.Part part, @Nullable Instant expires) throws IOException {
        json.writeObjectFieldStart("metadata");
        json.writeNumberField("rowOffset", part.offset());
        json.writeNumberField("rowsCount", part.rows());
        json.writeNumberField("segmentSize", part.bytes());
        if (part.plainBytes().isPresent()) {
            json.writeNumberField("uncompressedSize", part.plainBytes().getAsInt());
        }
        if (expires != null) {
            json.writeStringField("expiresAt", expires.toString());
        }
        json.writeEndObject();
    }

    /// The answer to a statement that has not started.
    static byte[] queued(String id, String infoUri, String nextUri) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("id", id);
            json.writeStringField("infoUri", infoUri);
            json.writeStringField("nextUri", nextUri);
            stats(json, Statement.State.QUEUED.name(), 0, Duration.ZERO, Duration.ZERO);
            json.writeArrayFieldStart("warnings");
            json.writeEndArray();
            json.writeEndObject();
        }
        return bytes.toByteArray();
    }

    static byte[] info(List<StatementInfo> statements) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(4096);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartArray();
            for (StatementInfo statement : statements) {
                info(json, statement);
            }
            json.writeEndArray();
        }
        return bytes.toByteArray();
    }

    static byte[] info(StatementInfo statement) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            info(json, statement);
        }
        return bytes.toByteArray();
    }

    private static void info(JsonGenerator json, StatementInfo statement) throws IOException {
        json.writeStartObject();
        json.writeStringField("queryId", statement.id());
        json.writeStringField("state", statement.state());
        json.writeStringField("user", statement.identity().user());
        json.writeStringField("source", statement.identity().client());
        json.writeStringField("query", statement.sql());
        json.writeStringField("created", statement.created().toString());
        json.writeNumberField("queuedTimeMillis", statement.queued().toMillis());
        json.writeNumberField("elapsedTimeMillis", statement.elapsed().toMillis());
        json.writeNumberField("rows", statement.rows());
        if (statement.error().isPresent()) {
            json.writeFieldName("error");
            error(json, statement.error().get());
        }
        json.writeEndObject();
    }

    private static List<Column> columns(List<ResultColumn> columns, ClientRequest client) {
        return columns.stream()
                .map(column -> ProtocolUtil.createColumn(
                        column.name(),
                        column.type(),
                        client.can(ClientCapabilities.PARAMETRIC_DATETIME),
                        client.can(ClientCapabilities.NUMBER),
                        client.can(ClientCapabilities.VARIANT),
                        client.can(ClientCapabilities.VARIANT_BINARY)))
                .toList();
    }

    private static void stats(JsonGenerator json, String state, long rows, Duration queued, Duration elapsed)
            throws IOException {
        boolean ended = state.equals(Statement.State.FINISHED.name()) || state.equals(Statement.State.FAILED.name());
        json.writeObjectFieldStart("stats");
        json.writeStringField("state", state);
        json.writeBooleanField("queued", state.equals(Statement.State.QUEUED.name()));
        json.writeBooleanField("scheduled", !state.equals(Statement.State.QUEUED.name()));
        if (ended) {
            json.writeNumberField("progressPercentage", 100.0);
        }
        for (String zero : List.of(
                "totalSplits",
                "queuedSplits",
                "runningSplits",
                "completedSplits",
                "planningTimeMillis",
                "analysisTimeMillis",
                "cpuTimeMillis",
                "finishingTimeMillis",
                "physicalInputTimeMillis",
                "processedBytes",
                "physicalInputBytes",
                "physicalWrittenBytes",
                "internalNetworkInputBytes",
                "peakMemoryBytes",
                "spilledBytes")) {
            json.writeNumberField(zero, 0);
        }
        json.writeNumberField("nodes", 1);
        json.writeNumberField("processedRows", rows);
        json.writeNumberField("queuedTimeMillis", queued.toMillis());
        json.writeNumberField("wallTimeMillis", elapsed.minus(queued).toMillis());
        json.writeNumberField("elapsedTimeMillis", elapsed.toMillis());
        json.writeEndObject();
    }

    /// Trino's code, name, kind and position. The failure's stack stays in the server's log.
    private static void error(JsonGenerator json, SqlError error) throws IOException {
        json.writeStartObject();
        json.writeStringField("message", error.message());
        json.writeNumberField("errorCode", error.code().getCode());
        json.writeStringField("errorName", error.code().getName());
        json.writeStringField("errorType", error.code().getType().name());
        location(json, error);
        json.writeObjectFieldStart("failureInfo");
        json.writeStringField("type", TrinoFace.KIND_PREFIX + error.kind());
        json.writeStringField("message", error.message());
        for (String none : List.of("suppressed", "stack")) {
            json.writeArrayFieldStart(none);
            json.writeEndArray();
        }
        json.writeObjectFieldStart("errorInfo");
        json.writeNumberField("code", error.code().getCode());
        json.writeStringField("name", error.code().getName());
        json.writeStringField("type", error.code().getType().name());
        json.writeEndObject();
        location(json, error);
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void location(JsonGenerator json, SqlError error) throws IOException {
        if (error.location().isPresent()) {
            json.writeObjectFieldStart("errorLocation");
            json.writeNumberField("lineNumber", error.location().get().lineNumber());
            json.writeNumberField("columnNumber", error.location().get().columnNumber());
            json.writeEndObject();
        }
    }
}
