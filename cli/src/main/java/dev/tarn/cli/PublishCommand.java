package dev.tarn.cli;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.orchestrate.Environments;
import dev.tarn.orchestrate.Environments.Moved;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn publish`
@Command(
        name = "publish",
        description = "Makes everything that was made in an environment visible to all, in one step.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn publish pr-12",
            "  tarn publish my-lakehouse pr-12",
        })
final class PublishCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ProjectOptions options = new ProjectOptions();

    @Parameters(
            arity = "1..2",
            paramLabel = "[FOLDER] ENVIRONMENT",
            description = "The project's folder if it is not the current one, and the environment.")
    private List<String> arguments = List.of();

    @Override
    public Integer call() {
        Project project = options.load(arguments);
        String name = arguments.getLast();
        Logging.toFiles(project.createState(), "publish");
        PrintWriter out = spec.commandLine().getOut();
        try (Lakehouse lakehouse = Lakehouse.open(project)) {
            Moved moved =
                    new Environments(lakehouse.lake(), lakehouse.audit()).publish(name, Identity.local("tarn publish"));
            moved.publish().changes().forEach(change -> out.println("published  " + change.identifier()));
            out.println("tarn undo " + moved.runId() + "  takes it back");
        }
        return 0;
    }
}
