package dev.tarn.cli;

import dev.tarn.core.project.Project;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// The project of a command whose only argument is the project's folder.
final class ProjectFolder {
    @Mixin
    private ProjectOptions options = new ProjectOptions();

    @Parameters(
            arity = "0..1",
            paramLabel = "FOLDER",
            description = "The project's folder; the current one by default.")
    private @Nullable Path folder;

    Project load() {
        return options.load(folder);
    }

    /// The same with more values, which `--var` comes before.
    Project load(Map<String, String> more) {
        return options.load(folder, more);
    }
}
