package dev.tarn.model.tracking;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;

/// What runs read and made: data sets, and logged models.
final class InputStore {
    private static final JsonMapper JSON = new JsonMapper();
    private static final TypeReference<TreeMap<String, String>> TAGS = new TypeReference<>() {};

    private InputStore() {}

    static void add(Handle handle, RunInfo run, Run.Input input) {
        Run.Dataset dataset = input.dataset();
        handle.createUpdate("INSERT INTO ml_dataset (no, experiment_id, name, digest, source_type, source, schema, "
                        + "profile) VALUES (:no, :experiment, :name, :digest, :type, :source, :schema, :profile) "
                        + "ON CONFLICT (experiment_id, name, digest) DO NOTHING")
                .bind("no", Ids.number())
                .bind("experiment", run.experimentId())
                .bind("name", dataset.name())
                .bind("digest", dataset.digest())
                .bind("type", dataset.sourceType())
                .bind("source", dataset.source())
                .bind("schema", dataset.schema())
                .bind("profile", dataset.profile())
                .execute();
        long no = handle.createQuery(
                        "SELECT no FROM ml_dataset WHERE experiment_id = :experiment AND name = :name AND digest = :digest")
                .bind("experiment", run.experimentId())
                .bind("name", dataset.name())
                .bind("digest", dataset.digest())
                .mapTo(Long.class)
                .one();
        handle.createUpdate("INSERT INTO ml_input (run_no, dataset_no, tags) VALUES (:run, :dataset, :tags) "
                        + "ON CONFLICT (run_no, dataset_no) DO UPDATE SET tags = excluded.tags")
                .bind("run", run.no())
                .bind("dataset", no)
                .bind("tags", json(new TreeMap<>(input.tags())))
                .execute();
    }

    static void add(Handle handle, RunInfo run, Run.ModelLink model) {
        handle.createUpdate(
                        "INSERT INTO ml_run_model (run_no, model_id, direction, step) VALUES (:run, :model, "
                                + ":direction, :step) ON CONFLICT (run_no, model_id, direction) DO UPDATE SET step = excluded.step")
                .bind("run", run.no())
                .bind("model", model.modelId())
                .bind("direction", model.direction())
                .bind("step", model.step())
                .execute();
    }

    static List<RunStore.DatasetSummary> datasets(Handle handle, List<Long> experiments, int limit) {
        return handle
                .createQuery("SELECT DISTINCT d.experiment_id, d.name, d.digest, i.tags FROM ml_dataset d "
                        + "JOIN ml_input i ON i.dataset_no = d.no WHERE d.experiment_id IN (<experiments>) "
                        + "ORDER BY d.name, d.digest LIMIT :row_limit")
                .bindList("experiments", experiments)
                .bind("row_limit", limit)
                .map((row, context) -> new RunStore.DatasetSummary(
                        row.getLong(1),
                        row.getString(2),
                        row.getString(3),
                        tags(row.getString(4)).getOrDefault("mlflow.data.context", "")))
                .stream()
                .distinct()
                .toList();
    }

    static List<Run.Input> inputs(Handle handle, long runNo) {
        return handle.createQuery(
                        "SELECT d.name, d.digest, d.source_type, d.source, d.schema, d.profile, i.tags "
                                + "FROM ml_input i JOIN ml_dataset d ON d.no = i.dataset_no WHERE i.run_no = :run ORDER BY d.name")
                .bind("run", runNo)
                .map((row, context) -> new Run.Input(
                        new Run.Dataset(
                                row.getString(1),
                                row.getString(2),
                                row.getString(3),
                                row.getString(4),
                                row.getString(5),
                                row.getString(6)),
                        tags(row.getString(7))))
                .list();
    }

    static List<Run.ModelLink> models(Handle handle, long runNo) {
        return handle.createQuery(
                        "SELECT model_id, direction, step FROM ml_run_model WHERE run_no = :run ORDER BY model_id")
                .bind("run", runNo)
                .map((row, context) -> new Run.ModelLink(row.getString(1), row.getString(2), row.getLong(3)))
                .list();
    }

    private static String json(Map<String, String> tags) {
        try {
            return JSON.writeValueAsString(tags);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, String> tags(String json) {
        try {
            return JSON.readValue(json, TAGS);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the tags of an input are not JSON: " + json, e);
        }
    }
}
