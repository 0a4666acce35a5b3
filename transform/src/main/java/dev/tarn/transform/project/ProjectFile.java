package dev.tarn.transform.project;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.config.Section;
import dev.tarn.core.config.YamlFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a `dbt_project.yml` says.
///
/// @param folder the project's or package's folder
/// @param configs trees of configuration by kind (`models`, `seeds`, `snapshots`, `tests`, `sources`), as
///     written
/// @param vars as written; those of a package are nested under its name
/// @param dispatch search orders by macro namespace
public record ProjectFile(
        Path folder,
        String name,
        Paths paths,
        Map<String, Map<String, @Nullable Object>> configs,
        Map<String, @Nullable Object> vars,
        Map<String, List<String>> dispatch,
        List<String> onRunStart,
        List<String> onRunEnd) {
    public static final String FILE = "dbt_project.yml";

    /// Folders, relative to the project's.
    public record Paths(
            List<String> models,
            List<String> macros,
            List<String> seeds,
            List<String> snapshots,
            List<String> tests,
            List<String> analyses,
            List<String> docs,
            String packages) {}

    /// Reads the file of a folder; a folder without one is a project of that folder's name with dbt's defaults.
    public static ProjectFile read(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            Paths paths = new Paths(
                    List.of("models"),
                    List.of("macros"),
                    List.of("seeds"),
                    List.of("snapshots"),
                    List.of("tests"),
                    List.of("analyses"),
                    List.of(),
                    "dbt_packages");
            String name = String.valueOf(folder.getFileName()).replaceAll("[^A-Za-z0-9_]", "_");
            return new ProjectFile(folder, name, paths, Map.of(), Map.of(), Map.of(), List.of(), List.of());
        }
        Section section = YamlFile.read(file, new Interpolation(Map.of(), Map.of()));
        Paths paths = new Paths(
                paths(section, "model-paths", "source-paths", "models"),
                paths(section, "macro-paths", "macro-paths", "macros"),
                paths(section, "seed-paths", "data-paths", "seeds"),
                paths(section, "snapshot-paths", "snapshot-paths", "snapshots"),
                paths(section, "test-paths", "test-paths", "tests"),
                paths(section, "analysis-paths", "analysis-paths", "analyses"),
                section.strings("docs-paths"),
                section.string("packages-install-path", section.string("modules-path", "dbt_packages")));
        Map<String, Map<String, @Nullable Object>> configs = new LinkedHashMap<>();
        for (String kind : List.of("models", "seeds", "snapshots", "sources", "exposures", "unit_tests", "functions")) {
            section.optionalSection(kind).ifPresent(tree -> configs.put(kind, tree.asMap()));
        }
        for (String kind : List.of("tests", "data_tests")) {
            section.optionalSection(kind).ifPresent(tree -> configs.put("tests", tree.asMap()));
        }
        Map<String, List<String>> dispatch = new LinkedHashMap<>();
        section.sections("dispatch").forEach(entry -> {
            dispatch.put(entry.string("macro_namespace"), entry.strings("search_order"));
            entry.end();
        });
        ProjectFile project = new ProjectFile(
                folder,
                section.string("name"),
                paths,
                configs,
                section.optionalSection("vars").map(Section::asMap).orElse(Map.of()),
                dispatch,
                section.strings("on-run-start"),
                section.strings("on-run-end"));
        for (String ignored : List.of(
                "version",
                "config-version",
                "profile",
                "require-dbt-version",
                "target-path",
                "log-path",
                "clean-targets",
                "quoting",
                "query-comment",
                "metrics",
                "semantic-models",
                "saved-queries",
                "flags",
                "asset-paths",
                "dbt-cloud",
                "analyses",
                "docs",
                "restrict-access",
                "packages-lock")) {
            section.has(ignored);
        }
        section.end();
        return project;
    }

    private static List<String> paths(Section section, String key, String oldKey, String otherwise) {
        List<String> paths = section.strings(key);
        List<String> old = section.strings(oldKey);
        return !paths.isEmpty() ? paths : !old.isEmpty() ? old : List.of(otherwise);
    }
}
