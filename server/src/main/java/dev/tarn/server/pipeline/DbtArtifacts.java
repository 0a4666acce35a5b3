package dev.tarn.server.pipeline;

import dev.tarn.core.identity.Identity;
import dev.tarn.govern.lineage.ColumnGraph;
import dev.tarn.govern.lineage.ColumnGraph.Column;
import dev.tarn.govern.lineage.ColumnGraph.Direction;
import dev.tarn.orchestrate.RunReport;
import dev.tarn.orchestrate.StepReport;
import dev.tarn.orchestrate.StepReport.Status;
import dev.tarn.transform.artifact.Artifacts;
import dev.tarn.transform.artifact.Freshness;
import dev.tarn.transform.context.Warehouse;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.SourceTable;
import dev.tarn.transform.run.NodeResult;
import dev.tarn.transform.run.ProjectRun;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/// dbt's artifacts of a project, in its folder `target`.
public final class DbtArtifacts {
    private static final String BRANCH = "main";

    private final Manifest manifest;
    private final ProjectRun models;
    private final Artifacts artifacts;

    DbtArtifacts(Path project, Manifest manifest, ProjectRun models) {
        this.manifest = manifest;
        this.models = models;
        this.artifacts = new Artifacts(project.resolve("target"), manifest, models.invocation());
    }

    /// `manifest.json` and `run_results.json` of a run.
    public void ran(RunReport report) {
        Map<String, StepReport> steps = new LinkedHashMap<>();
        report.steps().forEach(step -> steps.put(step.step(), step));
        List<NodeResult> results = new ArrayList<>(models.results());
        Set<String> there = new java.util.HashSet<>();
        results.forEach(result -> there.add(result.node().uniqueId()));
        for (ProjectRun.Work work : models.works()) {
            StepReport step = steps.get(work.name());
            if (step != null && !there.contains(work.node().uniqueId())) {
                results.add(new NodeResult(
                        work.node(),
                        step.status() == Status.UNCHANGED ? "success" : "skipped",
                        step.message(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        "",
                        report.started(),
                        Duration.ZERO));
            }
        }
        Map<String, String> compiled = new LinkedHashMap<>();
        results.forEach(result -> {
            if (!result.compiled().isEmpty()) {
                compiled.put(result.node().uniqueId(), result.compiled());
            }
        });
        artifacts.manifest(compiled);
        artifacts.results(results, report.took());
    }

    /// `manifest.json` with the SQL of the nodes chosen, and that SQL in `compiled/`.
    ///
    /// @return the SQL by unique id
    public Map<String, String> compile(Set<String> ids, Identity identity) {
        Map<String, String> compiled = new LinkedHashMap<>();
        for (String id : ids) {
            Node node = manifest.nodes().get(id);
            if (node != null && node.template() != null) {
                switch (node.type()) {
                    case MODEL, SNAPSHOT, TEST, ANALYSIS ->
                        compiled.put(id, models.compile(node, BRANCH, identity).sql());
                    case SEED, UNIT_TEST, SOURCE, EXPOSURE, OPERATION -> {}
                }
            }
        }
        artifacts.manifest(compiled);
        return compiled;
    }

    /// `catalog.json` and the page, after [#compile].
    ///
    /// @return the page
    ///
    /// @param columns where the project's columns come from
    /// @param contracts the contract of each table that has one, as the page shows it
    Path docs(ColumnGraph columns, Map<String, Object> contracts, Identity identity) {
        artifacts.catalog(models.warehouse(BRANCH, identity));
        Map<String, List<List<String>>> lineage = new TreeMap<>();
        columns.columns()
                .forEach((table, names) -> names.forEach(name -> {
                    List<List<String>> behind = columns.edges(new Column(table, name), Direction.UP).stream()
                            .map(edge ->
                                    List.of(edge.from().toString(), edge.use().name()))
                            .toList();
                    if (!behind.isEmpty()) {
                        lineage.put(table + "." + name, behind);
                    }
                }));
        return artifacts.page(lineage, contracts);
    }

    /// `sources.json`: how fresh the sources are that promise to be.
    public List<Freshness.Result> freshness(Set<String> ids, Identity identity) {
        Instant began = Instant.now();
        Warehouse warehouse = models.warehouse(BRANCH, identity);
        List<Freshness.Result> results = new ArrayList<>();
        for (SourceTable source : manifest.sources().values()) {
            if (ids.contains(source.uniqueId()) && Freshness.isPromised(source)) {
                results.add(Freshness.check(source, warehouse));
            }
        }
        artifacts.sources(results, Duration.between(began, Instant.now()));
        return results;
    }
}
