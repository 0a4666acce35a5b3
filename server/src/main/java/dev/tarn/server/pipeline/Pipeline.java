package dev.tarn.server.pipeline;

import dev.tarn.core.config.Nearest;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.feature.definition.FeatureFiles;
import dev.tarn.govern.audit.AuditLog;
import dev.tarn.govern.contract.Contract;
import dev.tarn.govern.contract.ContractReader;
import dev.tarn.govern.contract.ContractResults;
import dev.tarn.govern.contract.Rule;
import dev.tarn.govern.lineage.ColumnGraph;
import dev.tarn.ingest.Source;
import dev.tarn.ingest.Sources;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.orchestrate.Asset;
import dev.tarn.orchestrate.Environments;
import dev.tarn.orchestrate.Listeners;
import dev.tarn.orchestrate.Plan;
import dev.tarn.orchestrate.Planner;
import dev.tarn.orchestrate.RunHistory;
import dev.tarn.orchestrate.RunListener;
import dev.tarn.orchestrate.RunOptions;
import dev.tarn.orchestrate.RunReport;
import dev.tarn.orchestrate.Runner;
import dev.tarn.orchestrate.Step;
import dev.tarn.orchestrate.StepKind;
import dev.tarn.orchestrate.diff.BranchDiff;
import dev.tarn.orchestrate.diff.TableDiff;
import dev.tarn.orchestrate.lineage.LineageListener;
import dev.tarn.orchestrate.lineage.LineageSettings;
import dev.tarn.orchestrate.schedule.RunSettings;
import dev.tarn.query.QuerySession;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Models;
import dev.tarn.transform.ProjectLoader;
import dev.tarn.transform.context.Invocation;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.ResourceType;
import dev.tarn.transform.project.Target;
import dev.tarn.transform.run.ProjectRun;
import dev.tarn.transform.select.Selection;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;

/// A project's whole graph: its sources, the models, seeds, snapshots and tests of its dbt project, its contracts,
/// feature views and trainings. The one place where the stages meet; a further stage adds its steps in [#load].
public final class Pipeline {
    private static final String DEFAULT_SCHEMA = "main";
    private static final int RUNS_MAX = 1_000;
    private static final int RESULTS_MAX = 10_000;

    private final Lakehouse lakehouse;
    private final Manifest manifest;
    private final ProjectRun models;
    private final List<Source> sources;
    private final List<Contract> contracts;
    private final List<Step> steps;

    private Pipeline(
            Lakehouse lakehouse,
            List<Source> sources,
            Manifest manifest,
            ProjectRun models,
            List<Contract> contracts,
            List<Step> steps) {
        this.lakehouse = lakehouse;
        this.sources = List.copyOf(sources);
        this.manifest = manifest;
        this.models = models;
        this.contracts = List.copyOf(contracts);
        this.steps = List.copyOf(steps);
    }

    /// Reads the project's files; nothing runs yet.
    ///
    /// @param fullRefresh whether incremental models are to be built anew
    /// @param log takes what templates log
    /// @throws TarnException `CONFIG_INVALID` or `TEMPLATE_INVALID` with file and line
    public static Pipeline load(Lakehouse lakehouse, boolean fullRefresh, Consumer<String> log) {
        return load(
                lakehouse,
                new Invocation(UUID.randomUUID().toString(), LocalDateTime.now(ZoneOffset.UTC), fullRefresh, log));
    }

    /// Reads the project's files for one invocation of its dbt project.
    ///
    /// @throws TarnException `CONFIG_INVALID` or `TEMPLATE_INVALID` with file and line
    public static Pipeline load(Lakehouse lakehouse, Invocation invocation) {
        return load(lakehouse, lakehouse.project(), invocation);
    }

    /// Like [#load(Lakehouse, Invocation)], with other values for `${var.…}` than the lakehouse was opened with.
    public static Pipeline load(Lakehouse lakehouse, Project project, Invocation invocation) {
        List<Source> sources = Sources.load(project.folder(), project.interpolation());
        Target target = new Target(
                "default",
                QuerySession.CATALOG,
                DEFAULT_SCHEMA,
                project.limits().threads());
        Manifest manifest = ProjectLoader.load(project.folder(), target, project.vars());
        ProjectRun models = new ProjectRun(manifest, invocation, lakehouse.lake(), lakehouse::engine);
        List<Step> steps = new ArrayList<>();
        SourceSteps.add(steps, sources, lakehouse);
        models.works().forEach(work -> steps.add(new ModelStep(work)));
        Set<Asset> made =
                steps.stream().flatMap(step -> step.outputs().stream()).collect(Collectors.toSet());
        List<Contract> contracts = ContractReader.readAll(project.contracts());
        guard(steps, contracts, lakehouse);
        contracts.stream()
                .filter(Contract::enforced)
                .forEach(contract ->
                        contract.tables().forEach(table -> steps.add(new ContractStep(contract, table, lakehouse))));
        FeatureFiles.read(project.features(), project.interpolation())
                .views()
                .values()
                .forEach(view -> steps.add(new FeatureStep(view, lakehouse, made)));
        Models.trainings(project).forEach(training -> steps.add(new TrainingStep(training, lakehouse)));
        return new Pipeline(lakehouse, sources, manifest, models, contracts, steps);
    }

    /// Puts the steps that make tables with row rules under guard.
    private static void guard(List<Step> steps, List<Contract> contracts, Lakehouse lakehouse) {
        contracts.stream()
                .filter(Contract::enforced)
                .flatMap(contract -> contract.tables().stream())
                .filter(table -> table.rules().stream().anyMatch(Rule.EachRow.class::isInstance))
                .forEach(table -> steps.replaceAll(step -> step.outputs().contains(Asset.table(table.name()))
                        ? new GuardedStep(step, table, lakehouse)
                        : step));
    }

    /// The dbt project.
    public Manifest manifest() {
        return manifest;
    }

    /// The dbt project's pieces of work.
    public ProjectRun models() {
        return models;
    }

    /// All steps.
    public List<Step> steps() {
        return steps;
    }

    /// A plan of everything, or of the steps named: a step's name, a schema with `.*`, or a name with `+`
    /// before it (and what it needs) or after it (and what needs it).
    ///
    /// @throws TarnException `USAGE` when a name fits nothing
    public Plan plan(List<String> selected) {
        return plan(selected, Branches.MAIN);
    }

    /// Like [#plan(List)], for an environment: there, sources load only tables that are not there yet (or
    /// that are named), and nothing is trained, because a model's alias is for all to see.
    public Plan plan(List<String> selected, String environment) {
        if (selected.isEmpty()) {
            return environment.equals(Branches.MAIN)
                    ? Planner.plan(steps)
                    : Planner.plan(steps, step -> isForEnvironment(step, environment));
        }
        Set<String> chosen = new Selector(steps).select(selected);
        chosen.addAll(stepNames(new DbtChoice(
                        selected, List.of(), Optional.empty(), Selection.Indirect.EAGER, Optional.empty(), List.of())
                .of(manifest)));
        if (chosen.isEmpty()) {
            List<String> names = steps.stream().map(Step::name).toList();
            throw new TarnException(
                    ErrorCode.USAGE,
                    "nothing is called '" + String.join(" ", selected) + "'"
                            + Nearest.of(selected.getFirst(), names)
                                    .map(near -> "; did you mean '" + near + "'?")
                                    .orElse(""));
        }
        Set<String> named = Set.copyOf(selected);
        // What stands around every run stands around a part of it too.
        return Planner.plan(
                steps,
                step -> step.kind() == StepKind.HOOK
                        || (chosen.contains(step.name())
                                && (environment.equals(Branches.MAIN)
                                        || named.contains(step.name())
                                        || isForEnvironment(step, environment))));
    }

    /// A plan of the dbt project's nodes that are chosen.
    ///
    /// @throws TarnException `USAGE` when nothing is
    public Plan plan(DbtChoice choice) {
        Set<String> names = stepNames(choice.of(manifest));
        if (names.isEmpty()) {
            throw new TarnException(
                    ErrorCode.USAGE,
                    "nothing of the project fits this selection; 'tarn ls' with the same words shows what does");
        }
        return Planner.plan(steps, step -> step.kind() == StepKind.HOOK || names.contains(step.name()));
    }

    /// The unique ids of the dbt project's nodes, sources and exposures that are chosen.
    public Set<String> ids(DbtChoice choice) {
        return choice.of(manifest);
    }

    private Set<String> stepNames(Set<String> ids) {
        return models.works().stream()
                .filter(work ->
                        ids.contains(work.node().uniqueId()) && work.node().type() != ResourceType.OPERATION)
                .map(ProjectRun.Work::name)
                .collect(Collectors.toSet());
    }

    /// Where the columns of the project's tables come from and go to, as they are on a branch.
    public ColumnGraph lineage(String branch, Identity identity) {
        return new ProjectLineage(lakehouse, sources, models)
                .of(branch, identity)
                .graph();
    }

    /// dbt's artifacts of the project.
    public DbtArtifacts artifacts() {
        return new DbtArtifacts(lakehouse.project().folder(), manifest, models);
    }

    /// dbt's page of the project with its lineage and contracts, after [DbtArtifacts#compile].
    ///
    /// @return the page
    public Path docs(DbtArtifacts artifacts, Identity identity) {
        ContractResults results = ContractResults.open(lakehouse.lake().database());
        Map<String, Object> shown = new TreeMap<>();
        for (Contract contract : contracts) {
            for (Contract.Table table : contract.tables()) {
                shown.put(table.name(), ContractWords.of(contract, table, results.ofTable(table.name(), RESULTS_MAX)));
            }
        }
        return artifacts.docs(lineage(Branches.MAIN, identity), shown, identity);
    }

    /// What running a plan would do, and why. Nothing runs.
    ///
    /// @param environment what the run would be for: an environment, or `main`
    public Preview preview(Plan plan, String environment, Identity identity) {
        return new Previewer(lakehouse, steps).of(plan, environment, identity);
    }

    private boolean isForEnvironment(Step step, String environment) {
        return switch (step.kind()) {
            case SOURCE -> {
                Lake lake = lakehouse.lake();
                boolean made = lake.branches().stream()
                        .anyMatch(branch -> branch.name().equals(environment));
                yield !(made ? lake.branch(environment) : lake.main()).tableExists(TableIdentifier.parse(step.name()));
            }
            case TRAINING -> false;
            case SEED, MODEL, SNAPSHOT, TEST, FEATURE, HOOK -> true;
        };
    }

    /// The columns that tell the rows of a table apart: the primary key of its contract, else the unique key
    /// of its model; empty when neither is known.
    public List<String> key(String table) {
        return contracts.stream()
                .flatMap(contract -> contract.tables().stream())
                .filter(each -> each.name().equals(table) && !each.key().isEmpty())
                .map(Contract.Table::key)
                .findFirst()
                .orElseGet(() -> manifest.nodes().values().stream()
                        .filter(node -> node.type() != ResourceType.TEST
                                && node.relation().tableName().equals(table))
                        .map(node -> uniqueKey(node.config().asMap().get("unique_key")))
                        .findFirst()
                        .orElse(List.of()));
    }

    private static List<String> uniqueKey(@Nullable Object config) {
        return switch (config) {
            case String text when text.matches("\\w+") -> List.of(text);
            case List<?> columns -> columns.stream().map(String::valueOf).toList();
            case null, default -> List.of();
        };
    }

    /// How an environment differs from what is published.
    ///
    /// @param key the columns to match rows by, instead of each table's own key
    /// @throws TarnException `NOT_FOUND`
    public EnvironmentDiff diff(String environment, List<String> key, Identity identity) {
        new Environments(lakehouse.lake(), lakehouse.audit()).get(environment);
        BranchDiff branches = new BranchDiff(
                lakehouse.lake(),
                lakehouse.engine(),
                lakehouse.duckDb(),
                identity,
                table -> key.isEmpty() ? key(table) : key);
        List<TableDiff> tables = branches.of(environment);
        Set<String> runs = Set.copyOf(history().latestIds(environment, RUNS_MAX));
        ContractResults results = ContractResults.open(lakehouse.lake().database());
        List<ContractResults.Kept> kept = tables.stream()
                .flatMap(table -> results.ofTable(table.name(), RESULTS_MAX).stream()
                        .filter(result -> runs.contains(result.run()))
                        .collect(Collectors.groupingBy(ContractResults.Kept::run, TreeMap::new, Collectors.toList()))
                        .descendingMap()
                        .values()
                        .stream()
                        .findFirst()
                        .stream()
                        .flatMap(List::stream))
                .toList();
        return new EnvironmentDiff(environment, tables, kept);
    }

    /// Runs a plan and publishes what it made.
    public RunReport run(Plan plan, Identity identity, RunOptions options, RunListener listener) {
        Project project = lakehouse.project();
        LineageSettings told =
                RunSettings.read(project.folder(), project.interpolation()).lineage();
        if (!told.isOn()) {
            return runHeard(plan, identity, options, listener);
        }
        try (LineageListener events =
                new LineageListener(told, project.name(), lakehouse.lake(), identity, options.cause())) {
            return runHeard(plan, identity, options, new Listeners(listener, events));
        }
    }

    private RunReport runHeard(Plan plan, Identity identity, RunOptions options, RunListener listener) {
        try (AuditLog audit = AuditLog.open(lakehouse.lake().database())) {
            return new Runner(lakehouse.lake(), audit).run(plan, identity, options, listener);
        }
    }

    /// Takes back everything that a run published: its tables, and the aliases that it moved.
    ///
    /// @throws TarnException as [Environments#undo]
    public static Environments.Moved undo(Lakehouse lakehouse, String runId, Identity identity) {
        return new Environments(lakehouse.lake(), lakehouse.audit())
                .undo(runId, identity, Map.of(TrainingStep.ALIAS, TrainingStep::undo));
    }

    /// What is known of earlier runs.
    public RunHistory history() {
        return RunHistory.open(lakehouse.lake().database());
    }
}
