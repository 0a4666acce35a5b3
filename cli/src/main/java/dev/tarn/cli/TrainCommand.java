package dev.tarn.cli;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.model.training.GateReport;
import dev.tarn.model.training.Training;
import dev.tarn.model.training.TrainingFile;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import dev.tarn.server.Models;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn train`
@Command(
        name = "train",
        description = "Trains what a file in training/ says, on the published tables, and promotes the best.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn train fraud                 what training/fraud.yml says",
            "  tarn train fraud --reason 'new merchant codes'"
        })
final class TrainCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ProjectOptions options = new ProjectOptions();

    @Parameters(paramLabel = "TRAINING", description = "The file's name without its ending.")
    private String training = "";

    @Option(
            names = "--reason",
            paramLabel = "TEXT",
            description = "Why now; kept with the runs. Default: ${DEFAULT-VALUE}.",
            defaultValue = "a person asked for it")
    private String reason = "";

    @Override
    public Integer call() {
        Project project = options.load();
        Logging.toFiles(project.createState(), "train");
        TrainingFile file = Models.training(project, training);
        PrintWriter out = spec.commandLine().getOut();
        try (Lakehouse lakehouse = Lakehouse.open(project)) {
            Models models = Models.open(lakehouse);
            Training.Result result = models.training(lakehouse.lake(), "main")
                    .train(Models.request(
                            lakehouse,
                            file,
                            "main",
                            Identity.local("tarn train").user(),
                            reason));
            for (Training.Tried tried : result.tried()) {
                out.printf(
                        Locale.ROOT,
                        "%-24s AUC %.4f  average precision %.4f  F1 %.4f  run %s%n",
                        tried.candidate(),
                        tried.metrics().get("auc"),
                        tried.metrics().get("average_precision"),
                        tried.metrics().get("f1"),
                        tried.runId());
            }
            for (GateReport.Check check : result.gate().checks()) {
                out.printf("%s  %s: %s%n", check.passed() ? "ok  " : "FAIL", check.what(), check.said());
            }
            lakehouse.lake().database().writing(handle -> result.promote().accept(handle));
            out.println(
                    result.gate().passed()
                            ? file.model() + "@" + file.alias() + " is now this model"
                            : "the gate was not passed: " + file.model() + "@" + file.alias() + " stays as it is");
            return result.gate().passed() ? 0 : 1;
        }
    }
}
