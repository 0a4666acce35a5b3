package dev.tarn.core.project;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.config.Section;
import dev.tarn.core.config.YamlFile;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// A project: the folder with a `tarn.yml`, what that file says, and where everything else lies by
/// convention. What Tarn keeps for itself is under `.tarn/`; everything else belongs to the user.
///
/// @param folder absolute, normalized
/// @param name what the project calls itself; the folder's name by default
/// @param warehouse where tables keep their files; absolute
/// @param database where the catalog's pointers and all other state are
/// @param server how the server listens and who may come in
/// @param limits what a statement, a request and the engine may use
/// @param spooling how large answers wait for their clients
/// @param maintenance how the server keeps tables small by itself
/// @param vars values for `${var.name}` in the project's files, from `tarn.yml` and overridden by the command line
public record Project(
        Path folder,
        String name,
        Path warehouse,
        DatabaseSetting database,
        ServerSetting server,
        Limits limits,
        SpoolingSetting spooling,
        MaintenanceSetting maintenance,
        Map<String, String> vars) {
    public static final String FILE = "tarn.yml";

    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,62}");

    public Project {
        vars = Map.copyOf(vars);
    }

    /// Reads the project in a folder.
    ///
    /// @param vars values of `--var name=value`, which win over those in the file
    /// @throws TarnException `PROJECT_NOT_FOUND` when the folder holds no `tarn.yml`; `CONFIG_INVALID` with file
    ///     and line when the file is wrong
    public static Project load(Path folder, Map<String, String> vars) {
        return load(folder, vars, System.getenv());
    }

    /// Reads the project with an environment other than this process's.
    public static Project load(Path folder, Map<String, String> vars, Map<String, String> environment) {
        Path root = folder.toAbsolutePath().normalize();
        Path file = root.resolve(FILE);
        if (!Files.exists(file)) {
            throw new TarnException(
                    ErrorCode.PROJECT_NOT_FOUND,
                    (Files.isDirectory(root) ? "there is no " + FILE + " in " : "there is no folder ") + root
                            + ": run the command in a project's folder or name that folder after it; "
                            + "'tarn init my-lakehouse' makes a new project");
        }
        Map<String, String> all = new LinkedHashMap<>(YamlFile.read(file, new Interpolation(vars, environment))
                .optionalSection("vars")
                .map(Section::asStrings)
                .orElse(Map.of()));
        all.putAll(vars);

        Section section = YamlFile.read(file, new Interpolation(all, environment));
        section.has("vars");
        Project project = new Project(
                root,
                name(section, root),
                section.optionalPath("warehouse").orElse(root.resolve(".tarn/warehouse")),
                DatabaseSetting.read(section, root),
                ServerSetting.read(section),
                Limits.read(section),
                SpoolingSetting.read(section),
                MaintenanceSetting.read(section),
                all);
        section.end();
        return project;
    }

    /// The same, served on another port.
    public Project withPort(int port) {
        return new Project(
                folder, name, warehouse, database, server.withPort(port), limits, spooling, maintenance, vars);
    }

    /// The same with more values for `${var.…}`, which win.
    public Project withVars(Map<String, String> more) {
        Map<String, String> all = new LinkedHashMap<>(vars);
        all.putAll(more);
        return new Project(folder, name, warehouse, database, server, limits, spooling, maintenance, all);
    }

    /// What `${var.…}` and `${env.…}` stand for in the project's other files.
    public Interpolation interpolation() {
        return new Interpolation(vars, System.getenv());
    }

    public Path file() {
        return folder.resolve(FILE);
    }

    /// Where bronze tables come from.
    public Path sources() {
        return folder.resolve("sources");
    }

    /// The dbt project's models.
    public Path models() {
        return folder.resolve("models");
    }

    public Path features() {
        return folder.resolve("features");
    }

    public Path training() {
        return folder.resolve("training");
    }

    public Path services() {
        return folder.resolve("services");
    }

    public Path contracts() {
        return folder.resolve("contracts");
    }

    public Path policies() {
        return folder.resolve("policies");
    }

    /// What Tarn keeps for itself; never in git.
    public Path state() {
        return folder.resolve(".tarn");
    }

    /// Files of statements and runs in progress; emptied at the server's start.
    public Path tmp() {
        return state().resolve("tmp");
    }

    public Path logs() {
        return state().resolve("logs");
    }

    /// Process id and address of the running server; absent when none runs.
    public Path serverFile() {
        return state().resolve("server.json");
    }

    /// Makes the state folders.
    ///
    /// @throws TarnException `STORAGE_FAILED` when they cannot be made
    public Project createState() {
        Path ignore = state().resolve(".gitignore");
        try {
            Files.createDirectories(tmp());
            Files.createDirectories(logs());
            if (!Files.exists(ignore)) {
                Files.writeString(ignore, "*\n");
            }
        } catch (IOException e) {
            throw new TarnException(
                    ErrorCode.STORAGE_FAILED,
                    "cannot write to " + state() + ": give this user permission to write to the project's folder",
                    e);
        }
        return this;
    }

    private static String name(Section section, Path root) {
        String name = section.optionalString("name").orElse(null);
        if (name == null) {
            Path last = root.getFileName();
            return last == null ? "tarn" : last.toString();
        }
        if (!NAME.matcher(name).matches()) {
            throw section.error(
                    "name", "expected letters, digits, '-' and '_', starting with a letter, not '" + name + "'");
        }
        return name;
    }
}
