package dev.tarn.cli;

import dev.tarn.core.project.Project;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.server.Logging;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `tarn build`, and its parts `seed`, `snapshot` and `test`.
@Command(
        name = "build",
        description = "Builds the nodes of the dbt project that are chosen, tests them and publishes them at once.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn build --select +gold.fct_payments",
            "  tarn build --select tag:nightly,config.materialized:incremental --exclude path:models/silver",
            "  tarn build --select state:modified+ --state ../published/target",
        })
class BuildCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private DbtOptions options = new DbtOptions();

    @Option(names = "--all", description = "Also what has not changed.")
    private boolean all;

    @Option(
            names = {"-f", "--full-refresh"},
            description = "Builds incremental models and seeds anew.")
    private boolean fullRefresh;

    @Option(
            names = {"-x", "--fail-fast"},
            description = "Starts nothing more after the first failure.")
    private boolean failFast;

    @Mixin
    private EventTimeOptions eventTimes = new EventTimeOptions();

    @Option(names = "--store-failures", description = "Keeps the rows that fail tests, in the schema dbt_test__audit.")
    private boolean storeFailures;

    @Option(
            names = "--env",
            paramLabel = "NAME",
            description = "Builds in this environment, which is made when there is none, and publishes nothing.")
    private String environment = Branches.MAIN;

    /// The resource types that the command is about; none for all.
    List<String> types() {
        return List.of();
    }

    @Override
    public Integer call() {
        Project project = options.project();
        String name = spec.name();
        Logging.toFiles(project.createState(), name);
        var out = spec.commandLine().getOut();
        RunCommand.run(
                project,
                DbtOptions.invocation(name, fullRefresh, storeFailures, out).withEventTimes(eventTimes.span()),
                pipeline -> pipeline.plan(options.choice(types())),
                all || fullRefresh,
                environment,
                failFast,
                out);
        return 0;
    }

    /// `tarn test`
    @Command(
            name = "test",
            description = "Runs the tests and unit tests that are chosen, or of what is chosen.",
            footerHeading = "%nExamples:%n",
            footer = "  tarn test --select gold.fct_payments")
    static final class Test extends BuildCommand {
        @Override
        List<String> types() {
            return List.of("test", "unit_test");
        }
    }

    /// `tarn seed`
    @Command(
            name = "seed",
            description = "Loads the seeds that are chosen.",
            footerHeading = "%nExamples:%n",
            footer = "  tarn seed --full-refresh")
    static final class Seed extends BuildCommand {
        @Override
        List<String> types() {
            return List.of("seed");
        }
    }

    /// `tarn snapshot`
    @Command(
            name = "snapshot",
            description = "Brings the snapshots that are chosen up to date.",
            footerHeading = "%nExamples:%n",
            footer = "  tarn snapshot --select customers_history")
    static final class Snapshot extends BuildCommand {
        @Override
        List<String> types() {
            return List.of("snapshot");
        }
    }
}
