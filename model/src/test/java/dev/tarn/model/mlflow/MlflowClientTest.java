package dev.tarn.model.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlflow.api.proto.ModelRegistry.ModelVersion;
import org.mlflow.api.proto.Service.Experiment;
import org.mlflow.api.proto.Service.Metric;
import org.mlflow.api.proto.Service.Param;
import org.mlflow.api.proto.Service.Run;
import org.mlflow.api.proto.Service.RunInfo;
import org.mlflow.api.proto.Service.RunStatus;
import org.mlflow.api.proto.Service.RunTag;
import org.mlflow.api.proto.Service.ViewType;
import org.mlflow.tracking.ExperimentsPage;
import org.mlflow.tracking.MlflowClient;
import org.mlflow.tracking.MlflowHttpException;
import org.mlflow.tracking.RunsPage;

/// MLflow's own Java client, unmodified, against Tarn.
@SuppressWarnings("deprecation") // older calls of the client are called too
class MlflowClientTest {
    @TempDir
    Path folder;

    private MlflowFixture mlflow;
    private MlflowClient client;

    @BeforeEach
    void start() throws Exception {
        mlflow = new MlflowFixture(folder);
        client = new MlflowClient(mlflow.server.url());
    }

    @AfterEach
    void stop() {
        client.close();
        mlflow.close();
    }

    @Test
    void experimentsAreMadeFoundRenamedAndRestored() {
        String id = client.createExperiment("fraud");
        assertThat(client.getExperiment(id).getName()).isEqualTo("fraud");
        assertThat(client.getExperimentByName("fraud"))
                .map(Experiment::getExperimentId)
                .contains(id);
        assertThat(client.getExperimentByName("nothing")).isEmpty();
        assertThatThrownBy(() -> client.createExperiment("fraud"))
                .isInstanceOf(MlflowHttpException.class)
                .hasMessageContaining("RESOURCE_ALREADY_EXISTS");
        client.setExperimentTag(id, "team", "risk");
        client.renameExperiment(id, "fraud 2");
        assertThat(client.getExperiment(id).getTagsList())
                .extracting(tag -> tag.getKey() + tag.getValue())
                .containsExactly("teamrisk");
        client.deleteExperiment(id);
        assertThat(client.getExperiment(id).getLifecycleStage()).isEqualTo("deleted");
        assertThat(client.searchExperiments().getItems())
                .extracting(Experiment::getName)
                .containsExactly("Default");
        client.restoreExperiment(id);
        assertThat(client.searchExperiments("name LIKE 'fraud%' AND tags.team = 'risk'")
                        .getItems())
                .hasSize(1);
    }

    @Test
    void aRunRecordsParametersMetricsAndTags() {
        RunInfo info = client.createRun();
        String run = info.getRunId();
        assertThat(info.getStatus()).isEqualTo(RunStatus.RUNNING);
        client.logParam(run, "depth", "6");
        client.logMetric(run, "auc", 0.5, 1000, 0);
        client.logMetric(run, "auc", 0.9, 2000, 1);
        client.logMetric(run, "auc", 0.7, 3000, 2);
        client.logMetric(run, "loss", Double.NaN, 1, 0);
        client.setTag(run, "note", "premier");
        client.setTag(run, "gone", "x");
        client.deleteTag(run, "gone");
        client.setTerminated(run, RunStatus.FINISHED, 4000);

        Run read = client.getRun(run);
        assertThat(read.getInfo().getStatus()).isEqualTo(RunStatus.FINISHED);
        assertThat(read.getInfo().getEndTime()).isEqualTo(4000);
        assertThat(read.getData().getParamsList()).extracting(Param::getValue).containsExactly("6");
        assertThat(read.getData().getMetricsList())
                .extracting(Metric::getKey, Metric::getValue)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("auc", 0.7),
                        org.assertj.core.groups.Tuple.tuple("loss", Double.NaN));
        assertThat(client.getMetricHistory(run, "auc"))
                .extracting(Metric::getValue)
                .containsExactly(0.5, 0.9, 0.7);
        assertThat(read.getData().getTagsList())
                .extracting(RunTag::getKey)
                .contains("note")
                .doesNotContain("gone");
        assertThatThrownBy(() -> client.logParam(run, "depth", "7"))
                .hasMessageContaining("Changing param values is not allowed");
        client.logParam(run, "depth", "6");
    }

    @Test
    void batchesAndSearchWithOrderAndPages() {
        String experiment = client.createExperiment("search");
        for (int i = 0; i < 25; i++) {
            String run = client.createRun(experiment).getRunId();
            client.logBatch(
                    run,
                    List.of(Metric.newBuilder()
                            .setKey("auc")
                            .setValue(i / 100.0)
                            .setTimestamp(i)
                            .setStep(0)
                            .build()),
                    List.of(Param.newBuilder()
                            .setKey("model")
                            .setValue(i % 2 == 0 ? "Trees" : "linear")
                            .build()),
                    List.of(RunTag.newBuilder().setKey("a b").setValue("v" + i).build()));
        }
        List<String> all = List.of(experiment);
        assertThat(client.searchRuns(all, "metrics.auc >= 0.2 and params.model = 'Trees'"))
                .hasSize(3);
        assertThat(client.searchRuns(all, "params.model ILIKE 'tr%'")).hasSize(13);
        assertThat(client.searchRuns(all, "params.model LIKE 'tr%'")).isEmpty();
        assertThat(client.searchRuns(all, "tags.`a b` = 'v7'")).hasSize(1);
        assertThat(client.searchRuns(all, "attributes.status = 'RUNNING'")).hasSize(25);

        RunsPage page = client.searchRuns(all, "", ViewType.ACTIVE_ONLY, 10, List.of("metrics.auc DESC"));
        assertThat(page.getItems().getFirst().getData().getMetrics(0).getValue())
                .isEqualTo(0.24);
        assertThat(page.getItems()).hasSize(10);
        int seen = 10;
        while (page.hasNextPage()) {
            page = (RunsPage) page.getNextPage();
            seen += page.getItems().size();
        }
        assertThat(seen).isEqualTo(25);
        assertThatThrownBy(() -> client.searchRuns(all, "metrics.auc >> 3"))
                .hasMessageContaining("INVALID_PARAMETER_VALUE");
        ExperimentsPage experiments = client.searchExperiments("", ViewType.ALL, 1, List.of("name DESC"));
        assertThat(experiments.getItems().getFirst().getName()).isEqualTo("search");
        assertThat(experiments.hasNextPage()).isTrue();
    }

    @Test
    void runsAreDeletedAndRestored() {
        String run = client.createRun().getRunId();
        client.deleteRun(run);
        assertThat(client.getRun(run).getInfo().getLifecycleStage()).isEqualTo("deleted");
        assertThat(client.searchRuns(List.of("0"), "")).isEmpty();
        assertThat(client.searchRuns(List.of("0"), "", ViewType.DELETED_ONLY)).hasSize(1);
        assertThatThrownBy(() -> client.logMetric(run, "x", 1)).hasMessageContaining("must be in the 'active' state");
        client.restoreRun(run);
        client.logMetric(run, "x", 1);
        assertThatThrownBy(() -> client.getRun("nothing")).hasMessageContaining("RESOURCE_DOES_NOT_EXIST");
    }

    @Test
    void modelsHaveVersionsStagesTagsAndAliases() throws Exception {
        String run = client.createRun().getRunId();
        client.sendPost("registered-models/create", "{\"name\": \"fraud\"}");
        for (int i = 0; i < 3; i++) {
            client.sendPost(
                    "model-versions/create",
                    "{\"name\": \"fraud\", \"source\": \"runs:/" + run + "/model\", \"run_id\": \"" + run + "\"}");
        }
        client.sendPost(
                "model-versions/transition-stage",
                "{\"name\": \"fraud\", \"version\": \"1\", \"stage\": \"Production\"}");
        client.sendPost(
                "model-versions/transition-stage",
                "{\"name\": \"fraud\", \"version\": \"2\", \"stage\": \"production\", \"archive_existing_versions\": true}");
        client.sendPost(
                "registered-models/alias", "{\"name\": \"fraud\", \"alias\": \"champion\", \"version\": \"2\"}");
        client.sendPost(
                "model-versions/set-tag",
                "{\"name\": \"fraud\", \"version\": \"3\", \"key\": \"checked\", \"value\": \"yes\"}");

        assertThat(client.getLatestVersions("fraud"))
                .extracting(ModelVersion::getVersion, ModelVersion::getCurrentStage)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("1", "Archived"),
                        org.assertj.core.groups.Tuple.tuple("2", "Production"),
                        org.assertj.core.groups.Tuple.tuple("3", "None"));
        assertThat(client.getLatestVersions("fraud", List.of("Production"))).hasSize(1);
        assertThat(client.getModelVersion("fraud", "2").getAliasesList()).containsExactly("champion");
        assertThat(client.getRegisteredModel("fraud").getAliases(0).getVersion())
                .isEqualTo("2");
        assertThat(client.getModelVersionDownloadUri("fraud", "1"))
                .isEqualTo("mlflow-artifacts:/0/" + run + "/artifacts/model");
        assertThat(client.searchModelVersions("name = 'fraud' and tags.checked = 'yes'")
                        .getItems())
                .hasSize(1);
        assertThat(client.searchModelVersions("name='fraud'", 2, List.of("version_number DESC"))
                        .getItems())
                .extracting(ModelVersion::getVersion)
                .containsExactly("3", "2");
        assertThatThrownBy(() -> client.getModelVersion("fraud", "9")).hasMessageContaining("RESOURCE_DOES_NOT_EXIST");
        assertThatThrownBy(() -> client.sendPost(
                        "registered-models/alias", "{\"name\": \"fraud\", \"alias\": \"x\", \"version\": \"9\"}"))
                .hasMessageContaining("RESOURCE_DOES_NOT_EXIST");
    }

    @Test
    void artifactsAreListedThroughTheClient() throws Exception {
        String run = client.createRun().getRunId();
        String path = "/api/2.0/mlflow-artifacts/artifacts/0/" + run + "/artifacts/";
        assertThat(mlflow.send("PUT", path + "plots/roc.svg", "<svg/>").status())
                .isEqualTo(200);
        assertThat(mlflow.send("PUT", path + "card%20one.md", "card").status()).isEqualTo(200);
        // The Java client's own listArtifacts starts Python for places that are not a cloud's; its call is this.
        assertThat(client.sendGet("artifacts/list?run_id=" + run))
                .contains("\"path\":\"card one.md\",\"is_dir\":false,\"file_size\":4")
                .contains("\"path\":\"plots\",\"is_dir\":true")
                .contains("mlflow-artifacts:/0/" + run + "/artifacts");
        assertThat(client.sendGet("artifacts/list?path=plots&run_id=" + run)).contains("plots/roc.svg");
        assertThat(mlflow.send("GET", path + "plots/roc.svg", "").body()).isEqualTo("<svg/>");
        assertThat(mlflow.send("GET", "/get-artifact?run_uuid=" + run + "&path=card%20one.md", "")
                        .body())
                .isEqualTo("card");
        assertThat(mlflow.send("DELETE", path + "plots", "").status()).isEqualTo(200);
        assertThat(mlflow.send("GET", path + "plots/roc.svg", "").errorCode()).isEqualTo("RESOURCE_DOES_NOT_EXIST");
    }

    @Test
    void clientsOfOtherVersionsFindTheirCallsToo() throws Exception {
        String run = client.createRun().getRunId();
        assertThat(mlflow.post("/runs/log-inputs", """
                {'run_id': '%s', 'datasets': [{'tags': [{'key': 'mlflow.data.context', 'value': 'train'}],
                 'dataset': {'name': 'gold.payments', 'digest': 'abc', 'source_type': 'tarn', 'source': '{}'}}]}
                """.formatted(run)).status()).isEqualTo(200);
        assertThat(client.searchRuns(List.of("0"), "datasets.name = 'gold.payments' AND datasets.context = 'train'"))
                .hasSize(1);
        assertThat(client.searchRuns(List.of("0"), "datasets.context = 'test'")).isEmpty();
        var model = mlflow.post(
                        "/logged-models", "{'experiment_id': '0', 'name': 'm', 'params': [{'key': 'a', 'value': '1'}]}")
                .json()
                .path("model")
                .path("info");
        String id = model.path("model_id").asText();
        assertThat(mlflow.call("PATCH", "/logged-models/" + id, "{\"status\": \"LOGGED_MODEL_READY\"}")
                        .json()
                        .path("model")
                        .path("info")
                        .path("status")
                        .asText())
                .isEqualTo("LOGGED_MODEL_READY");
        mlflow.post(
                "/runs/log-metric",
                "{'run_id': '" + run + "', 'key': 'auc', 'value': 0.9, 'timestamp': 5, 'model_id': '" + id + "'}");
        assertThat(mlflow.post(
                                "/logged-models/search",
                                "{'experiment_ids': ['0'], 'filter': 'metrics.auc > 0.8', 'order_by': [{'field_name': 'metrics.auc', 'ascending': false}]}")
                        .json()
                        .path("models"))
                .hasSize(1);
        mlflow.post("/runs/outputs", "{'run_id': '" + run + "', 'models': [{'model_id': '" + id + "', 'step': 3}]}");
        assertThat(mlflow.call("GET", "/runs/get?run_id=" + run, "")
                        .json()
                        .at("/run/outputs/model_outputs/0/model_id")
                        .asText())
                .isEqualTo(id);
        for (var alias :
                Map.of("v1", 400, "latest", 400, "a b", 400, "champion", 404).entrySet()) {
            String body = "{'name': 'none', 'alias': '" + alias.getKey() + "', 'version': '1'}";
            assertThat(mlflow.post("/registered-models/alias", body).status()).isEqualTo(alias.getValue());
        }
    }
}
