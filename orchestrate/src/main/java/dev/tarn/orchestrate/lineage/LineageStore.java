package dev.tarn.orchestrate.lineage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.state.Database;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/// What others tell of their jobs, by OpenLineage: which read and wrote what, and when last.
public final class LineageStore {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int NAME_MAX = 2_000;
    private static final int DATASETS_MAX = 10_000;

    private static final String SCHEMA = """
            CREATE TABLE lineage_job (
              namespace TEXT NOT NULL, name TEXT NOT NULL, run_id TEXT NOT NULL, event_type TEXT NOT NULL,
              at_millis BIGINT NOT NULL, producer TEXT NOT NULL, event TEXT NOT NULL,
              PRIMARY KEY (namespace, name));
            CREATE TABLE lineage_edge (
              job_namespace TEXT NOT NULL, job_name TEXT NOT NULL, reads INTEGER NOT NULL,
              namespace TEXT NOT NULL, name TEXT NOT NULL, at_millis BIGINT NOT NULL,
              PRIMARY KEY (job_namespace, job_name, reads, namespace, name));
            """;

    private final Database database;

    private LineageStore(Database database) {
        this.database = database;
    }

    public static LineageStore open(Database database) {
        database.migrate("lineage-events", SCHEMA);
        return new LineageStore(database);
    }

    /// A job that somebody told of.
    ///
    /// @param state what its last event said, such as `COMPLETE`
    public record Job(String namespace, String name, String runId, String state, Instant at, String producer) {}

    /// What a job reads or writes.
    public record Edge(String jobNamespace, String jobName, boolean reads, String namespace, String name) {}

    /// Keeps an event: of a run, a job or a dataset.
    ///
    /// @throws TarnException `BAD_REQUEST` when it is none, saying what is missing
    public void accept(String text) {
        JsonNode event;
        try {
            event = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "this is no JSON: " + e.getOriginalMessage(), e);
        }
        Instant at = time(event);
        String producer = text(event, "producer");
        text(event, "schemaURL");
        if (!event.has("job")) {
            // An event about a dataset alone has no edge.
            dataset(event.path("dataset"));
            return;
        }
        JsonNode job = event.path("job");
        String namespace = text(job, "namespace");
        String name = text(job, "name");
        String runId = event.has("run") ? runId(event.path("run")) : "";
        if (event.path("inputs").size() + event.path("outputs").size() > DATASETS_MAX) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "more than " + DATASETS_MAX + " datasets in one event");
        }
        event.path("inputs").forEach(LineageStore::dataset);
        event.path("outputs").forEach(LineageStore::dataset);
        database.writing(handle -> {
            handle.createUpdate("""
                            INSERT INTO lineage_job (namespace, name, run_id, event_type, at_millis, producer, event)
                            VALUES (:namespace, :name, :run, :type, :at, :producer, :event)
                            ON CONFLICT (namespace, name) DO UPDATE SET run_id = excluded.run_id,
                              event_type = excluded.event_type, at_millis = excluded.at_millis,
                              producer = excluded.producer, event = excluded.event
                            WHERE excluded.at_millis >= lineage_job.at_millis""")
                    .bind("namespace", namespace)
                    .bind("name", name)
                    .bind("run", runId)
                    .bind("type", event.path("eventType").asText("OTHER"))
                    .bind("at", at.toEpochMilli())
                    .bind("producer", producer)
                    .bind("event", event.toString().replace("\\u0000", ""))
                    .execute();
            edges(handle, namespace, name, event.path("inputs"), true, at);
            edges(handle, namespace, name, event.path("outputs"), false, at);
        });
    }

    private static void edges(
            Handle handle, String namespace, String name, JsonNode datasets, boolean reads, Instant at) {
        for (JsonNode dataset : datasets) {
            handle.createUpdate("""
                            INSERT INTO lineage_edge (job_namespace, job_name, reads, namespace, name, at_millis)
                            VALUES (:jobNamespace, :jobName, :reads, :namespace, :name, :at)
                            ON CONFLICT (job_namespace, job_name, reads, namespace, name)
                            DO UPDATE SET at_millis = excluded.at_millis""")
                    .bind("jobNamespace", namespace)
                    .bind("jobName", name)
                    .bind("reads", reads ? 1 : 0)
                    .bind("namespace", text(dataset, "namespace"))
                    .bind("name", text(dataset, "name"))
                    .bind("at", at.toEpochMilli())
                    .execute();
        }
    }

    private static void dataset(JsonNode dataset) {
        text(dataset, "namespace");
        text(dataset, "name");
    }

    private static String text(JsonNode parent, String key) {
        JsonNode value = parent.path(key);
        if (!value.isTextual() || value.asText().isBlank() || value.asText().length() > NAME_MAX) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST,
                    "an OpenLineage event needs '" + key + "', a text of 1 to " + NAME_MAX + " characters");
        }
        return value.asText().replace("\0", "");
    }

    private static Instant time(JsonNode event) {
        String text = text(event, "eventTime");
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST, "eventTime: expected 2026-03-01T12:00:00Z, not '" + text + "'", e);
        }
    }

    private static String runId(JsonNode run) {
        String text = text(run, "runId");
        try {
            return UUID.fromString(text).toString();
        } catch (IllegalArgumentException e) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "run.runId: expected a UUID, not '" + text + "'", e);
        }
    }

    /// All jobs, by name.
    public List<Job> jobs() {
        return database.read(handle -> handle.createQuery(
                        "SELECT * FROM lineage_job ORDER BY namespace, name LIMIT 10000")
                .map((row, context) -> new Job(
                        row.getString("namespace"),
                        row.getString("name"),
                        row.getString("run_id"),
                        row.getString("event_type"),
                        Instant.ofEpochMilli(row.getLong("at_millis")),
                        row.getString("producer")))
                .list());
    }

    /// All that jobs read and write.
    public List<Edge> edges() {
        return database.read(handle -> handle.createQuery(
                        "SELECT * FROM lineage_edge ORDER BY job_namespace, job_name, reads, namespace, name LIMIT 100000")
                .map((row, context) -> new Edge(
                        row.getString("job_namespace"),
                        row.getString("job_name"),
                        row.getInt("reads") == 1,
                        row.getString("namespace"),
                        row.getString("name")))
                .list());
    }
}
