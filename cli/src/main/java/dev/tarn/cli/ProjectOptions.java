package dev.tarn.cli;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.project.Project;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which project a command acts on, and with which values.
final class ProjectOptions {
    @Option(
            names = {"-p", "--project"},
            paramLabel = "FOLDER",
            description = "The project's folder; the current one by default.")
    private @Nullable Path folder;

    @Option(
            names = "--var",
            paramLabel = "NAME=VALUE",
            description = {
                "A value for $${var.NAME} in the project's files; may be repeated.",
                "One that starts with ./, ../ or ~/ is a path from the current folder."
            })
    private Map<String, String> vars = new LinkedHashMap<>();

    /// The project in the folder given as an argument, else by `--project`, else the current one.
    Project load(@Nullable Path argument) {
        return load(argument, Map.of());
    }

    /// The same with more values, which `--var` comes before.
    Project load(@Nullable Path argument, Map<String, String> more) {
        if (argument != null && folder != null) {
            throw new TarnException(
                    ErrorCode.USAGE, "the project is named twice: '" + argument + "' and '" + folder + "'");
        }
        Map<String, String> all = new LinkedHashMap<>(more);
        all.putAll(vars);
        Path chosen = argument != null ? argument : folder;
        return Project.load(chosen == null ? Path.of("") : chosen, resolved(all));
    }

    /// Like [#load(Path)] for a command without an argument for it.
    Project load() {
        return load((Path) null);
    }

    /// Like [#load(Path)] for a command's arguments `[FOLDER] NAME`.
    Project load(List<String> folderAndName) {
        return load(folderAndName.size() == 2 ? Path.of(folderAndName.getFirst()) : null);
    }

    /// Paths in the project's files start at the project; those typed at a prompt start where the person is.
    static Map<String, String> resolved(Map<String, String> vars) {
        Map<String, String> resolved = new LinkedHashMap<>();
        vars.forEach((name, value) -> resolved.put(name, resolved(value)));
        return resolved;
    }

    private static String resolved(String value) {
        if (value.equals("~") || value.startsWith("~/")) {
            return System.getProperty("user.home") + value.substring(1);
        }
        boolean relative = value.equals(".") || value.equals("..") || value.startsWith("./") || value.startsWith("../");
        return relative ? Path.of(value).toAbsolutePath().normalize().toString() : value;
    }
}
