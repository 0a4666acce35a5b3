package dev.tarn.cli;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.orchestrate.Plan;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import dev.tarn.server.pipeline.Pipeline;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `tarn plan`
@Command(
        name = "plan",
        description = "Shows what a run would do, in which order, and why. Nothing runs.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn plan",
            "  tarn plan my-lakehouse --select +gold.fct_payments",
        })
final class PlanCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ProjectFolder folder = new ProjectFolder();

    @Option(
            names = {"-s", "--select"},
            paramLabel = "NAME",
            arity = "1..*",
            description = "Only these steps, as in 'tarn run'.")
    private List<String> selected = List.of();

    @Option(names = "--env", paramLabel = "NAME", description = "What a run would do in this environment.")
    private String environment = Branches.MAIN;

    @Override
    public Integer call() {
        Project project = folder.load();
        Logging.toFiles(project.createState(), "plan");
        PrintWriter out = spec.commandLine().getOut();
        try (Lakehouse lakehouse = Lakehouse.open(project)) {
            Pipeline pipeline = Pipeline.load(lakehouse, false, message -> {});
            Plan plan = pipeline.plan(selected, environment);
            new PlanText(out).write(pipeline.preview(plan, environment, Identity.local("tarn plan")));
        }
        return 0;
    }
}
