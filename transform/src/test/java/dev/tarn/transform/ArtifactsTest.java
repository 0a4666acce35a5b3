package dev.tarn.transform;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import dev.tarn.transform.artifact.Artifacts;
import dev.tarn.transform.artifact.Freshness;
import dev.tarn.transform.context.Warehouse;
import dev.tarn.transform.project.SourceTable;
import dev.tarn.transform.run.ProjectRun;
import dev.tarn.transform.run.ProjectRun.Work;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The artifacts against what dbt's published schemas require.
class ArtifactsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> MANIFEST = List.of(
            "metadata",
            "nodes",
            "sources",
            "macros",
            "docs",
            "exposures",
            "metrics",
            "groups",
            "selectors",
            "disabled",
            "parent_map",
            "child_map",
            "group_map",
            "saved_queries",
            "semantic_models",
            "unit_tests");
    private static final List<String> RESOURCE =
            List.of("name", "resource_type", "package_name", "path", "original_file_path", "unique_id");
    private static final List<String> NODE = List.of("database", "schema", "fqn", "alias", "checksum");

    @TempDir
    Path folder;

    @Test
    void holdWhatOtherToolsRead() throws IOException {
        try (TestLake lake = new TestLake(folder.resolve("state"))) {
            DbtProject project = new DbtProject(folder.resolve("shop"), lake);
            project.write("dbt_project.yml", "name: shop\nmodels: {+materialized: table}\n");
            project.write("seeds/orders.csv", "id,at\n1,2020-01-01 10:00:00\n");
            project.write("macros/m.sql", "{% macro one() -%}\n  1\n{%- endmacro %}\n");
            project.write("models/docs.md", "{% docs d %}Text with </script>.{% enddocs %}");
            project.write("models/t.sql", "select id, {{ one() }} as one from {{ ref('orders') }}");
            project.write("models/s.yml", """
                    sources:
                      - name: raw
                        schema: main
                        loaded_at_field: at
                        freshness: {warn_after: {count: 1, period: day}}
                        tables: [{name: orders}, {name: unpromised, freshness: null}]
                    groups: [{name: g, owner: {name: Ada}}]
                    models:
                      - name: t
                        description: "{{ doc('d') }}"
                        config: {group: g}
                        columns: [{name: id, description: The id., data_type: bigint, data_tests: [unique]}]
                    exposures: [{name: board, type: dashboard, owner: {name: Ada}, depends_on: [ref('t')]}]
                    unit_tests:
                      - {name: u, model: t, given: [{input: ref('orders'), rows: [{id: 2}]}], expect: {rows: [{id: 2, one: 1}]}}
                    """);
            ProjectRun run = project.project(false);
            for (Work work : DbtProject.ordered(run)) {
                work.run(project.branch, TestLake.IDENTITY);
            }
            Warehouse warehouse = run.warehouse(project.branch, TestLake.IDENTITY);
            Path target = folder.resolve("target");
            Artifacts artifacts = new Artifacts(target, project.load(), run.invocation());
            Map<String, String> compiled = new LinkedHashMap<>();
            run.results().forEach(result -> compiled.put(result.node().uniqueId(), result.compiled()));
            artifacts.manifest(compiled);
            artifacts.results(run.results(), Duration.ofSeconds(1));
            artifacts.catalog(warehouse);
            List<SourceTable> promised = project.load().sources().values().stream()
                    .filter(Freshness::isPromised)
                    .toList();
            artifacts.sources(
                    promised.stream()
                            .map(source -> Freshness.check(source, warehouse))
                            .toList(),
                    Duration.ZERO);

            manifest(read(target, "manifest", 12));
            results(read(target, "run_results", 6));
            catalog(read(target, "catalog", 1));
            sources(read(target, "sources", 3));
            assertThat(target.resolve("compiled/shop/models/t.sql")).content().contains("select id, 1 as one from");
            assertThat(Files.readString(artifacts.page(
                            Map.of("main.t.id", List.of(List.of("main.orders.id", "IDENTITY"))), Map.of())))
                    .contains("\"model.shop.t\"")
                    .contains("Text with \\u003c/script>.")
                    .contains("{\"main.t.id\":[[\"main.orders.id\",\"IDENTITY\"]]}")
                    .doesNotContain("*/null");
        }
    }

    private static void manifest(JsonNode manifest) {
        has(manifest, MANIFEST);
        manifest.get("nodes").forEach(node -> {
            has(node, RESOURCE);
            has(node, NODE);
        });
        manifest.get("sources").forEach(source -> {
            has(source, RESOURCE);
            has(source, List.of("source_name", "source_description", "loader", "identifier", "fqn", "schema"));
        });
        manifest.get("macros").forEach(macro -> has(macro, RESOURCE));
        JsonNode model = manifest.get("nodes").get("model.shop.t");
        assertThat(model.get("path").asText()).isEqualTo("t.sql");
        assertThat(model.get("original_file_path").asText()).isEqualTo("models/t.sql");
        assertThat(model.get("depends_on").get("nodes").get(0).asText()).isEqualTo("seed.shop.orders");
        assertThat(model.get("columns").get("id").get("data_type").asText()).isEqualTo("bigint");
        assertThat(model.get("compiled_code").asText()).contains("1 as one");
        assertThat(model.get("relation_name").asText()).isEqualTo("\"tarn\".\"main\".\"t\"");
        assertThat(manifest.get("macros").get("macro.shop.one").get("macro_sql").asText())
                .isEqualTo("{% macro one() -%}\n  1\n{%- endmacro %}");
        assertThat(manifest.get("child_map").get("model.shop.t").size()).isEqualTo(3);
        assertThat(manifest.get("group_map").get("g").get(0).asText()).isEqualTo("model.shop.t");
        assertThat(manifest.get("unit_tests")
                        .get("unit_test.shop.t.u")
                        .get("model")
                        .asText())
                .isEqualTo("t");
        assertThat(manifest.get("docs").get("doc.shop.d").has("block_contents")).isTrue();
    }

    private static void results(JsonNode results) {
        has(results, List.of("metadata", "results", "elapsed_time", "args"));
        results.get("results")
                .forEach(result -> has(
                        result,
                        List.of(
                                "status",
                                "timing",
                                "thread_id",
                                "execution_time",
                                "adapter_response",
                                "message",
                                "failures",
                                "unique_id",
                                "compiled",
                                "compiled_code",
                                "relation_name")));
        assertThat(results.get("results").findValuesAsText("status")).contains("success", "pass");
    }

    private static void catalog(JsonNode catalog) {
        has(catalog, List.of("metadata", "nodes", "sources"));
        JsonNode table = catalog.get("nodes").get("model.shop.t");
        has(table, List.of("metadata", "columns", "stats", "unique_id"));
        assertThat(table.get("columns").get("id").get("type").asText()).isEqualTo("bigint");
        assertThat(table.get("columns").get("one").get("index").asInt()).isEqualTo(2);
        assertThat(catalog.get("sources").has("source.shop.raw.orders")).isTrue();
    }

    private static void sources(JsonNode sources) {
        has(sources, List.of("metadata", "results", "elapsed_time"));
        assertThat(sources.get("results").size()).isEqualTo(1);
        JsonNode result = sources.get("results").get(0);
        has(
                result,
                List.of(
                        "unique_id",
                        "max_loaded_at",
                        "snapshotted_at",
                        "max_loaded_at_time_ago_in_s",
                        "status",
                        "criteria",
                        "adapter_response",
                        "timing",
                        "thread_id",
                        "execution_time"));
        assertThat(result.get("status").asText()).isEqualTo("warn");
        assertThat(result.get("max_loaded_at").asText()).isEqualTo("2020-01-01T10:00:00Z");
    }

    private static void has(JsonNode node, List<String> keys) {
        keys.forEach(key -> assertThat(node.has(key)).as(key).isTrue());
    }

    private static JsonNode read(Path folder, String artifact, int version) throws IOException {
        JsonNode read = JSON.readTree(folder.resolve(artifact + ".json").toFile());
        assertThat(read.get("metadata").get("dbt_schema_version").asText())
                .endsWith("/" + artifact.replace('_', '-') + "/v" + version + ".json");
        has(read.get("metadata"), List.of("dbt_version", "generated_at", "invocation_id", "env"));
        ObjectNode schema;
        try (InputStream text = ArtifactsTest.class.getResourceAsStream("artifacts.schema.json")) {
            schema = (ObjectNode) JSON.readTree(text);
        }
        schema.put("$ref", "#/$defs/" + artifact);
        assertThat(JsonSchemaFactory.getInstance(VersionFlag.V202012)
                        .getSchema(schema)
                        .validate(read))
                .as(artifact)
                .isEmpty();
        return read;
    }
}
