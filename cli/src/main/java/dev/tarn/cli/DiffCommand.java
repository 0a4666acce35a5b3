package dev.tarn.cli;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import dev.tarn.server.pipeline.DiffJson;
import dev.tarn.server.pipeline.EnvironmentDiff;
import dev.tarn.server.pipeline.Pipeline;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn diff`
@Command(
        name = "diff",
        description = "Shows how an environment differs from what is published.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn diff pr-12",
            "  tarn diff my-lakehouse pr-12 --key id,day",
            "  tarn diff pr-12 --format json",
        })
final class DiffCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ProjectOptions options = new ProjectOptions();

    @Parameters(
            arity = "1..2",
            paramLabel = "[FOLDER] ENVIRONMENT",
            description = "The project's folder if it is not the current one, and the environment.")
    private List<String> arguments = List.of();

    @Option(
            names = {"-k", "--key"},
            paramLabel = "COLUMN",
            split = ",",
            description = "Match rows by these columns; by default by each table's primary or unique key.")
    private List<String> key = List.of();

    @Option(
            names = {"-f", "--format"},
            paramLabel = "FORMAT",
            description = "text or json; text by default.")
    private Format format = Format.TEXT;

    /// How to write it.
    enum Format {
        TEXT,
        JSON
    }

    @Override
    public Integer call() {
        Project project = options.load(arguments);
        String name = arguments.getLast();
        Logging.toFiles(project.createState(), "diff");
        PrintWriter out = spec.commandLine().getOut();
        try (Lakehouse lakehouse = Lakehouse.open(project)) {
            EnvironmentDiff diff =
                    Pipeline.load(lakehouse, false, message -> {}).diff(name, key, Identity.local("tarn diff"));
            switch (format) {
                case TEXT -> new DiffText(out).write(diff);
                case JSON -> out.println(DiffJson.of(diff).toPrettyString());
            }
        }
        return 0;
    }
}
