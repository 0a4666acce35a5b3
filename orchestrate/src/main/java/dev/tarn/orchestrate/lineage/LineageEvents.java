package dev.tarn.orchestrate.lineage;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.orchestrate.Asset;
import dev.tarn.orchestrate.RunCause;
import dev.tarn.orchestrate.Step;
import dev.tarn.query.lineage.ColumnLineage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.apache.iceberg.Schema;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Types;

/// A run's events in the words of [OpenLineage 2-0-2](https://openlineage.io/spec/2-0-2/OpenLineage.json).
final class LineageEvents {
    private static final String PRODUCER = "https://github.com/tarn-dev/tarn";
    private static final String SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
    private static final String FACETS = "https://openlineage.io/spec/facets/";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String namespace;
    private final String runName;
    private final Lake lake;
    private final RunCause cause;

    /// @param namespace of jobs and tables
    /// @param runName the job that all steps are a part of
    LineageEvents(String namespace, String runName, Lake lake, RunCause cause) {
        this.namespace = namespace;
        this.runName = runName;
        this.lake = lake;
        this.cause = cause;
    }

    /// Where a run stands.
    enum Type {
        START,
        RUNNING,
        COMPLETE,
        ABORT,
        FAIL
    }

    /// An event about a whole run.
    ObjectNode run(Type type, String runId, Instant at, Optional<String> error) {
        ObjectNode event = event(type, at, id(runId), runName, "DAG");
        ObjectNode facets = (ObjectNode) event.at("/run/facets");
        cause.nominal()
                .ifPresent(time -> facet(facets, "nominalTime", "1-0-1/NominalTimeRunFacet.json")
                        .put("nominalStartTime", time.toString()));
        error.ifPresent(message -> error(facets, message));
        event.putArray("inputs");
        event.putArray("outputs");
        return event;
    }

    /// An event about a step.
    ///
    /// @param branch where to look for the schemas of what it reads and makes
    ObjectNode step(
            Type type,
            String runId,
            Step step,
            String branch,
            Instant at,
            Optional<String> sql,
            Optional<ColumnLineage> columns,
            Optional<String> error) {
        ObjectNode event = event(
                type,
                at,
                id(runId + "/" + step.name()),
                step.name(),
                step.kind().name());
        ObjectNode facets = (ObjectNode) event.at("/run/facets");
        ObjectNode parent = facet(facets, "parent", "1-2-0/ParentRunFacet.json");
        parent.putObject("run").put("runId", id(runId).toString());
        parent.putObject("job").put("namespace", namespace).put("name", runName);
        cause.nominal()
                .ifPresent(time -> facet(facets, "nominalTime", "1-0-1/NominalTimeRunFacet.json")
                        .put("nominalStartTime", time.toString()));
        error.ifPresent(message -> error(facets, message));
        sql.ifPresent(text -> facet((ObjectNode) event.at("/job/facets"), "sql", "1-1-0/SQLJobFacet.json")
                .put("query", text)
                .put("dialect", "trino"));
        LakeCatalog catalog = lake.branch(branch);
        ArrayNode inputs = event.putArray("inputs");
        step.inputs().forEach(asset -> dataset(inputs, catalog, asset));
        ArrayNode outputs = event.putArray("outputs");
        for (Asset asset : step.outputs()) {
            ObjectNode dataset = dataset(outputs, catalog, asset);
            if (step.outputs().size() == 1 && asset.kind() == Asset.Kind.TABLE) {
                columns.ifPresent(lineage -> columns((ObjectNode) dataset.get("facets"), lineage));
            }
        }
        return event;
    }

    private ObjectNode event(Type type, Instant at, UUID id, String job, String jobType) {
        ObjectNode event = JSON.createObjectNode();
        event.put("eventType", type.name());
        event.put("eventTime", at.toString());
        event.put("producer", PRODUCER);
        event.put("schemaURL", SPEC);
        event.putObject("run").put("runId", id.toString()).putObject("facets");
        ObjectNode facets = event.putObject("job")
                .put("namespace", namespace)
                .put("name", job)
                .putObject("facets");
        facet(facets, "jobType", "2-0-3/JobTypeJobFacet.json")
                .put("processingType", "BATCH")
                .put("integration", "TARN")
                .put("jobType", jobType);
        return event;
    }

    /// The same for the same run or step, in whatever process.
    static UUID id(String name) {
        return UUID.nameUUIDFromBytes(("tarn/" + name).getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode facet(ObjectNode facets, String name, String schema) {
        return facets.putObject(name).put("_producer", PRODUCER).put("_schemaURL", FACETS + schema);
    }

    private static void error(ObjectNode facets, String message) {
        facet(facets, "errorMessage", "1-0-1/ErrorMessageRunFacet.json")
                .put("message", message)
                .put("programmingLanguage", "SQL");
    }

    private ObjectNode dataset(ArrayNode all, LakeCatalog catalog, Asset asset) {
        ObjectNode dataset = all.addObject().put("namespace", namespace).put("name", asset.toString());
        ObjectNode facets = dataset.putObject("facets");
        facet(facets, "dataSource", "1-0-1/DatasourceDatasetFacet.json")
                .put("name", namespace)
                .put("uri", lake.warehouse().startsWith("/") ? "file://" + lake.warehouse() : lake.warehouse());
        if (asset.kind() == Asset.Kind.TABLE) {
            TableIdentifier name = TableIdentifier.parse(asset.name());
            Optional<Schema> schema = catalog.tableExists(name)
                    ? Optional.of(catalog.loadTable(name).schema())
                    : catalog.viewExists(name)
                            ? Optional.of(catalog.loadView(name).schema())
                            : Optional.empty();
            schema.ifPresent(found -> schema(facets, found));
        }
        return dataset;
    }

    private static void schema(ObjectNode facets, Schema schema) {
        ArrayNode fields =
                facet(facets, "schema", "1-2-0/SchemaDatasetFacet.json").putArray("fields");
        for (Types.NestedField column : schema.columns()) {
            ObjectNode field = fields.addObject()
                    .put("name", column.name())
                    .put("type", column.type().toString());
            String doc = column.doc();
            if (doc != null) {
                field.put("description", doc);
            }
        }
    }

    private void columns(ObjectNode facets, ColumnLineage lineage) {
        ObjectNode facet = facet(facets, "columnLineage", "1-2-0/ColumnLineageDatasetFacet.json");
        ObjectNode fields = facet.putObject("fields");
        for (ColumnLineage.Output column : lineage.columns()) {
            ArrayNode inputs = fields.putObject(column.name()).putArray("inputFields");
            column.inputs().forEach(input -> input(inputs, input));
        }
        ArrayNode dataset = facet.putArray("dataset");
        lineage.deciding().forEach(input -> input(dataset, input));
    }

    private void input(ArrayNode all, ColumnLineage.Input input) {
        ObjectNode field = all.addObject()
                .put("namespace", namespace)
                .put("name", input.table())
                .put("field", input.column());
        field.putArray("transformations")
                .addObject()
                .put("type", input.use().isDirect() ? "DIRECT" : "INDIRECT")
                .put("subtype", input.use().name());
    }
}
