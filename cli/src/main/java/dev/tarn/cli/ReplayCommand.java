package dev.tarn.cli;

import dev.tarn.core.project.Project;
import dev.tarn.model.training.Replay;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import dev.tarn.server.Models;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn replay`
@Command(
        name = "replay",
        description = "Trains a run again from the snapshots it read, and compares the model byte for byte.",
        footerHeading = "%nExamples:%n",
        footer = {"  tarn replay 3f2a…                 says 'identical', or what differs (exit status 1)"})
final class ReplayCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ProjectOptions options = new ProjectOptions();

    @Parameters(paramLabel = "RUN", description = "The run's id, as 'tarn train' and 'tarn run' print it.")
    private String run = "";

    @Override
    public Integer call() {
        Project project = options.load();
        Logging.toFiles(project.createState(), "replay");
        PrintWriter out = spec.commandLine().getOut();
        try (Lakehouse lakehouse = Lakehouse.open(project)) {
            Models models = Models.open(lakehouse);
            Replay.Outcome outcome = new Replay(models.runs(), models.artifacts())
                    .replay(
                            run,
                            Models.trainingFolder(project),
                            Models.offline(lakehouse, "main"),
                            Models.environment(),
                            Models.code(project));
            if (outcome.identical()) {
                out.println("identical: " + outcome.sha256());
                return 0;
            }
            out.println("different:");
            outcome.differences().forEach(difference -> out.println("  " + difference));
            return 1;
        }
    }
}
