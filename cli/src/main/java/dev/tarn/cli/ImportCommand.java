package dev.tarn.cli;

import dev.tarn.core.project.Project;
import dev.tarn.feature.feast.FeastImport;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn import`
@Command(
        name = "import",
        description = "Takes over definitions of other tools.",
        footerHeading = "%nExamples:%n",
        footer = "  tarn import feast ../feature_repo    writes features/feast.yml and says what it could not read")
final class ImportCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    @Command(description = "Reads what can be read of a Feast repository's definitions.")
    int feast(
            @Mixin ProjectOptions options,
            @Parameters(paramLabel = "FOLDER", description = "The folder with feature_store.yaml.") Path folder) {
        Project project = options.load();
        FeastImport.Result read = FeastImport.read(folder);
        Path file = project.features().resolve("feast.yml");
        read.write(file);
        PrintWriter out = spec.commandLine().getOut();
        out.println("wrote " + project.folder().relativize(file) + ": " + read.summary());
        read.notRead().forEach(what -> out.println("not taken over: " + what));
        out.flush();
        return 0;
    }
}
