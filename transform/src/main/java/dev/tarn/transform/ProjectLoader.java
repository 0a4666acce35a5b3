package dev.tarn.transform;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.context.Invocation;
import dev.tarn.transform.context.NodeContext;
import dev.tarn.transform.jinja.JinjaException;
import dev.tarn.transform.jinja.Macro;
import dev.tarn.transform.project.DocBlocks;
import dev.tarn.transform.project.Macros;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.NodeWords;
import dev.tarn.transform.project.ProjectFile;
import dev.tarn.transform.project.PropertyFiles;
import dev.tarn.transform.project.Relation;
import dev.tarn.transform.project.SourceTable;
import dev.tarn.transform.project.Target;
import dev.tarn.transform.project.Variables;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads a dbt project and the packages in its `dbt_packages` from disk into a [Manifest].
public final class ProjectLoader {
    private static final List<String> BUILT_IN = List.of(
            "naming.sql",
            "generic_tests.sql",
            "cross_database.sql",
            "relations.sql",
            "materializations.sql",
            "predictions.sql",
            "incremental.sql");
    private static final String SHIMS = "shims.sql";
    private static final int MAX_FILES = 100_000;

    private final Path folder;
    private final Map<String, ProjectFile> packages = new LinkedHashMap<>();
    private final Map<String, PropertyFiles> properties = new LinkedHashMap<>();
    private final Templates templates;

    private ProjectLoader(Path folder) {
        this.folder = folder;
        this.templates = Templates.of(folder);
    }

    /// @param folder the project's folder
    /// @param vars from `tarn.yml` and the command line
    /// @throws TarnException `CONFIG_INVALID` or `TEMPLATE_INVALID` with file and line
    public static Manifest load(Path folder, Target target, Map<String, String> vars) {
        return load(folder, target, vars, System.getenv());
    }

    static Manifest load(Path folder, Target target, Map<String, String> vars, Map<String, String> environment) {
        return new ProjectLoader(folder.toAbsolutePath().normalize()).read(target, vars, environment);
    }

    private Manifest read(Target target, Map<String, String> vars, Map<String, String> environment) {
        ProjectFile root = ProjectFile.read(folder);
        packages.put(root.name(), root);
        List<Path> vendored =
                new ArrayList<>(children(folder.resolve(root.paths().packages())));
        vendored.addAll(new PackagesFile(folder).local());
        for (Path path : vendored) {
            if (Files.exists(path.resolve(ProjectFile.FILE))) {
                ProjectFile file = ProjectFile.read(path);
                ProjectFile other = packages.put(file.name(), file);
                if (other != null) {
                    throw invalid(path.resolve(ProjectFile.FILE) + ": the package '" + file.name() + "' is also in "
                            + other.folder());
                }
            }
        }
        new PackagesFile(folder).refuseMissing(packages);
        Macros macros = new Macros(root.name());
        readBuiltIn(macros);
        packages.values().forEach(each -> readMacros(each, macros));
        DocBlocks docs = new DocBlocks();
        packages.values().forEach(each -> readDocs(each, docs));
        packages.values().forEach(each -> readProperties(each, docs));

        Variables variables = new Variables(Variables.typed(vars), root, packages);
        NodeContext.Shared shared =
                new NodeContext.Shared(root, packages, macros, variables, target, environment, Invocation.now());
        NodeParser parser = new NodeParser(shared, properties, sources(target), templates);
        for (ProjectFile each : packages.values()) {
            readNodes(each, parser);
            parser.addRunHooks(each, NodeWords.ON_RUN_START, each.onRunStart());
            parser.addRunHooks(each, NodeWords.ON_RUN_END, each.onRunEnd());
        }
        Manifest manifest = parser.manifest();
        manifest.docs().putAll(docs.all());
        templates.keep(folder);
        return manifest;
    }

    private void readBuiltIn(Macros macros) {
        BUILT_IN.forEach(file -> builtIn(file).forEach(macro -> macros.add(Macros.BUILT_IN, macro)));
        builtIn(SHIMS).forEach(macro -> macros.add(Macros.SHIMS, macro));
    }

    private List<Macro> builtIn(String file) {
        try (InputStream in = ProjectLoader.class.getResourceAsStream("macros/" + file)) {
            String text = new String(Objects.requireNonNull(in, file).readAllBytes(), StandardCharsets.UTF_8);
            return templates.parse("tarn:" + file, text).macros();
        } catch (IOException e) {
            throw new IllegalStateException(file, e);
        }
    }

    private void readMacros(ProjectFile project, Macros macros) {
        List<String> places = new ArrayList<>(project.paths().macros());
        project.paths().tests().forEach(tests -> places.add(tests + "/generic"));
        for (String place : places) {
            for (Path file : files(project.folder().resolve(place), ".sql")) {
                for (Macro macro : source(project, file).template().macros()) {
                    macros.add(project.name(), macro);
                }
            }
        }
    }

    /// The blocks of the Markdown files, by default of every folder that is read anyway.
    private void readDocs(ProjectFile project, DocBlocks docs) {
        List<String> places = new ArrayList<>(project.paths().docs());
        if (places.isEmpty()) {
            places.addAll(project.paths().models());
            places.addAll(project.paths().seeds());
            places.addAll(project.paths().snapshots());
            places.addAll(project.paths().tests());
            places.addAll(project.paths().macros());
            places.addAll(project.paths().analyses());
        }
        for (String place : places.stream().distinct().toList()) {
            for (Path file : files(project.folder().resolve(place), ".md")) {
                docs.read(project.name(), file, relative(project.folder(), file), read(file));
            }
        }
    }

    private void readProperties(ProjectFile project, DocBlocks docs) {
        PropertyFiles read = new PropertyFiles(project.name(), docs);
        List<String> places = new ArrayList<>();
        places.addAll(project.paths().models());
        places.addAll(project.paths().seeds());
        places.addAll(project.paths().snapshots());
        places.addAll(project.paths().tests());
        places.addAll(project.paths().macros());
        places.addAll(project.paths().analyses());
        for (String place : places.stream().distinct().toList()) {
            List<Path> files = new ArrayList<>(files(project.folder().resolve(place), ".yml"));
            files.addAll(files(project.folder().resolve(place), ".yaml"));
            InOrder.map(files, PropertyFiles::section).forEach(read::read);
        }
        properties.put(project.name(), read);
    }

    private Map<String, SourceTable> sources(Target target) {
        Map<String, SourceTable> sources = new LinkedHashMap<>();
        properties.forEach((packageName, read) -> {
            for (PropertyFiles.SourceEntry entry : read.sources()) {
                String id = "source." + packageName + "." + entry.source() + "." + entry.table();
                Object schema = entry.sourceWords().getOrDefault("schema", entry.source());
                Object identifier = entry.properties().all().getOrDefault("identifier", entry.table());
                // A source's database is the catalog: Tarn has one, whatever the warehouse the project came from.
                Relation relation = new Relation(target.database(), plain(schema), plain(identifier), "table");
                sources.put(
                        id,
                        new SourceTable(
                                id,
                                packageName,
                                entry.source(),
                                entry.table(),
                                relation,
                                entry.properties(),
                                entry.sourceWords()));
            }
        });
        return sources;
    }

    private static String plain(@Nullable Object value) {
        return String.valueOf(value);
    }

    private void readNodes(ProjectFile project, NodeParser parser) {
        for (String place : project.paths().models()) {
            List<Path> files = files(project.folder().resolve(place), ".sql");
            InOrder.map(files, file -> source(project, file)).forEach(each -> parser.addModel(project, place, each));
        }
        for (String place : project.paths().seeds()) {
            for (Path file : files(project.folder().resolve(place), ".csv")) {
                parser.addSeed(project, place, file);
            }
        }
        for (String place : project.paths().snapshots()) {
            for (Path file : files(project.folder().resolve(place), ".sql")) {
                parser.addSnapshots(project, place, source(project, file));
            }
        }
        parser.addYamlSnapshots(project);
        for (String place : project.paths().analyses()) {
            for (Path file : files(project.folder().resolve(place), ".sql")) {
                parser.addAnalysis(project, place, source(project, file));
            }
        }
        for (String place : project.paths().tests()) {
            Path generic = project.folder().resolve(place).resolve("generic");
            for (Path file : files(project.folder().resolve(place), ".sql")) {
                if (!file.startsWith(generic)) {
                    parser.addSingularTest(project, place, source(project, file));
                }
            }
        }
    }

    private SourceFile source(ProjectFile project, Path file) {
        String name = relative(project.folder(), file);
        if (!project.folder().equals(folder)) {
            name = relative(folder, file);
        }
        try {
            String text = read(file);
            return new SourceFile(file, text, templates.parse(name, text));
        } catch (JinjaException e) {
            throw e.toTarn();
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (MalformedInputException e) {
            throw new TarnException(ErrorCode.CONFIG_INVALID, file + ": is not UTF-8 text", e);
        } catch (IOException e) {
            throw new TarnException(ErrorCode.CONFIG_INVALID, file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    static String relative(Path folder, Path file) {
        return folder.relativize(file).toString().replace('\\', '/');
    }

    private static List<Path> children(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new TarnException(ErrorCode.CONFIG_INVALID, folder + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static List<Path> files(Path folder, String ending) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> found = files.filter(file -> file.toString().endsWith(ending) && Files.isRegularFile(file))
                    .sorted()
                    .limit(MAX_FILES + 1L)
                    .toList();
            if (found.size() > MAX_FILES) {
                throw invalid(folder + ": holds more than " + MAX_FILES + " files");
            }
            return found;
        } catch (IOException e) {
            throw new TarnException(ErrorCode.CONFIG_INVALID, folder + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static TarnException invalid(String message) {
        return new TarnException(ErrorCode.CONFIG_INVALID, message);
    }
}
