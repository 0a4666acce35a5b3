package dev.tarn.cli;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.project.Project;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn init`
@Command(
        name = "init",
        description = "Makes a new project that runs at once: a file of orders, and two tables made from it.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn init my-lakehouse",
            "  tarn run my-lakehouse",
            "  tarn query my-lakehouse \"SELECT * FROM gold.orders_by_day\"",
        })
final class InitCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FOLDER", description = "The folder to make; its name becomes the project's.")
    private Path folder = Path.of("");

    @Override
    public Integer call() {
        Path root = folder.toAbsolutePath().normalize();
        if (Files.exists(root.resolve(Project.FILE))) {
            throw new TarnException(ErrorCode.ALREADY_EXISTS, root + " is a project already");
        }
        String name = name(root);
        Templates.copy("init", root, Map.of("NAME", name, "DBT_NAME", name.replace('-', '_')));
        var out = spec.commandLine().getOut();
        out.println("Made the project " + name + " in " + root + ". Next:");
        out.println();
        out.println("  tarn run " + folder);
        out.println("  tarn query " + folder + " \"SELECT * FROM gold.orders_by_day\"");
        out.println("  tarn up " + folder);
        return 0;
    }

    /// The folder's name as far as a project's name allows it.
    private static String name(Path root) {
        Path last = root.getFileName();
        String name = (last == null ? "" : last.toString()).replaceAll("[^A-Za-z0-9_-]+", "-");
        return name.matches("[A-Za-z].*") ? name.substring(0, Math.min(name.length(), 63)) : "lakehouse";
    }
}
