package dev.tarn.cli;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.orchestrate.Environments.Moved;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import dev.tarn.server.pipeline.Pipeline;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn undo`
@Command(
        name = "undo",
        description = "Takes back everything that a run or a publish made visible, in one step.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn undo 20260412-081500-3fa2",
            "  tarn undo my-lakehouse 20260412-081500-3fa2",
        })
final class UndoCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ProjectOptions options = new ProjectOptions();

    @Parameters(
            arity = "1..2",
            paramLabel = "[FOLDER] RUN",
            description = "The project's folder if it is not the current one, and the id of the run.")
    private List<String> arguments = List.of();

    @Override
    public Integer call() {
        Project project = options.load(arguments);
        String run = arguments.getLast();
        Logging.toFiles(project.createState(), "undo");
        PrintWriter out = spec.commandLine().getOut();
        try (Lakehouse lakehouse = Lakehouse.open(project)) {
            Moved moved = Pipeline.undo(lakehouse, run, Identity.local("tarn undo"));
            moved.publish().changes().forEach(change -> out.println("taken back  " + change.identifier()));
        }
        return 0;
    }
}
