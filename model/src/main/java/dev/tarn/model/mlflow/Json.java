package dev.tarn.model.mlflow;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.model.artifact.ArtifactStore;
import dev.tarn.model.registry.ModelVersion;
import dev.tarn.model.registry.RegisteredModel;
import dev.tarn.model.tracking.Experiment;
import dev.tarn.model.tracking.LoggedModel;
import dev.tarn.model.tracking.Metric;
import dev.tarn.model.tracking.Run;
import dev.tarn.model.tracking.RunInfo;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// MLflow's messages as JSON, with the field names of its protocol buffers.
final class Json {
    private Json() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ObjectNode experiment(Experiment e) {
        ObjectNode json = object().put("experiment_id", String.valueOf(e.id()))
                .put("name", e.name())
                .put("artifact_location", e.artifactLocation())
                .put("lifecycle_stage", e.stage())
                .put("last_update_time", e.updatedMs())
                .put("creation_time", e.createdMs());
        json.set("tags", pairs(e.tags()));
        return json;
    }

    static ObjectNode info(RunInfo i) {
        ObjectNode json = object().put("run_id", i.runId())
                .put("run_uuid", i.runId())
                .put("run_name", i.name())
                .put("experiment_id", String.valueOf(i.experimentId()))
                .put("user_id", i.userId())
                .put("status", i.status())
                .put("start_time", i.startMs());
        if (i.endMs() != null) {
            json.put("end_time", i.endMs());
        }
        return json.put("artifact_uri", i.artifactUri()).put("lifecycle_stage", i.stage());
    }

    static ObjectNode run(Run run) {
        ObjectNode json = object();
        json.set("info", info(run.info()));
        ObjectNode data = json.putObject("data");
        ArrayNode metrics = data.putArray("metrics");
        run.metrics().forEach(metric -> metrics.add(metric(metric)));
        data.set("params", pairs(run.params()));
        data.set("tags", pairs(run.tags()));
        ObjectNode inputs = json.putObject("inputs");
        ArrayNode datasets = inputs.putArray("dataset_inputs");
        run.inputs().forEach(input -> datasets.add(input(input)));
        ArrayNode modelInputs = inputs.putArray("model_inputs");
        ArrayNode modelOutputs = json.putObject("outputs").putArray("model_outputs");
        for (Run.ModelLink link : run.models()) {
            boolean isInput = link.direction().equals("input");
            ObjectNode item = (isInput ? modelInputs : modelOutputs).addObject().put("model_id", link.modelId());
            if (!isInput) {
                item.put("step", link.step());
            }
        }
        return json;
    }

    private static ObjectNode input(Run.Input input) {
        ObjectNode json = object();
        json.set("tags", pairs(input.tags()));
        Run.Dataset d = input.dataset();
        ObjectNode dataset = json.putObject("dataset")
                .put("name", d.name())
                .put("digest", d.digest())
                .put("source_type", d.sourceType())
                .put("source", d.source());
        putIfThere(dataset, "schema", d.schema());
        putIfThere(dataset, "profile", d.profile());
        return json;
    }

    static ObjectNode metric(Metric m) {
        ObjectNode json = object().put("key", m.key());
        if (Double.isNaN(m.value())) {
            json.put("value", "NaN");
        } else {
            json.put("value", m.value());
        }
        return json.put("timestamp", m.timestampMs()).put("step", m.step());
    }

    static ObjectNode registeredModel(RegisteredModel m) {
        ObjectNode json = object().put("name", m.name())
                .put("creation_timestamp", m.createdMs())
                .put("last_updated_timestamp", m.updatedMs())
                .put("description", m.description());
        json.set("latest_versions", versions(m.latest()));
        json.set("tags", pairs(m.tags()));
        ArrayNode aliases = json.putArray("aliases");
        m.aliases()
                .forEach((alias, version) ->
                        aliases.addObject().put("alias", alias).put("version", String.valueOf(version)));
        return json;
    }

    static ObjectNode version(ModelVersion v) {
        ObjectNode json = object().put("name", v.name())
                .put("version", String.valueOf(v.version()))
                .put("creation_timestamp", v.createdMs())
                .put("last_updated_timestamp", v.updatedMs())
                .put("user_id", v.userId())
                .put("current_stage", v.stage())
                .put("description", v.description())
                .put("source", v.source())
                .put("run_id", v.runId())
                .put("status", "READY")
                .put("run_link", v.runLink());
        if (!v.modelId().isEmpty()) {
            json.put("model_id", v.modelId());
        }
        json.set("tags", pairs(v.tags()));
        ArrayNode aliases = json.putArray("aliases");
        v.aliases().forEach(aliases::add);
        return json;
    }

    static ArrayNode versions(List<ModelVersion> versions) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        versions.forEach(version -> all.add(version(version)));
        return all;
    }

    static ObjectNode loggedModel(LoggedModel m) {
        ObjectNode json = object();
        ObjectNode info = json.putObject("info")
                .put("model_id", m.modelId())
                .put("experiment_id", String.valueOf(m.experimentId()))
                .put("name", m.name())
                .put("creation_timestamp_ms", m.createdMs())
                .put("last_updated_timestamp_ms", m.updatedMs())
                .put("artifact_uri", m.artifactUri())
                .put("status", m.status())
                .put("status_message", m.statusMessage())
                .put("model_type", m.modelType())
                .put("source_run_id", m.sourceRunId());
        info.set("tags", pairs(m.tags()));
        ObjectNode data = json.putObject("data");
        data.set("params", pairs(m.params()));
        ArrayNode metrics = data.putArray("metrics");
        for (LoggedModel.ModelMetric metric : m.metrics()) {
            ObjectNode one =
                    metric(metric.metric()).put("model_id", m.modelId()).put("run_id", metric.runId());
            putIfThere(one, "dataset_name", metric.datasetName());
            putIfThere(one, "dataset_digest", metric.datasetDigest());
            metrics.add(one);
        }
        return json;
    }

    static ArrayNode files(List<ArtifactStore.Entry> entries) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        for (ArtifactStore.Entry entry : entries) {
            ObjectNode file = all.addObject().put("path", entry.path()).put("is_dir", entry.isFolder());
            if (!entry.isFolder()) {
                file.put("file_size", entry.bytes());
            }
        }
        return all;
    }

    static ArrayNode pairs(Map<String, String> pairs) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        pairs.forEach((key, value) -> all.addObject().put("key", key).put("value", value));
        return all;
    }

    static ObjectNode withToken(ObjectNode json, @Nullable String token) {
        putIfThere(json, "next_page_token", token);
        return json;
    }

    private static void putIfThere(ObjectNode json, String name, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            json.put(name, value);
        }
    }
}
