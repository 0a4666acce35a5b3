package dev.tarn.transform;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.config.Section;
import dev.tarn.core.config.YamlFile;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.project.ProjectFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The packages that `packages.yml` or `dependencies.yml` asks for. Tarn downloads none: they lie in `dbt_packages`,
/// where `dbt deps` puts them, or are named by a `local` path.
final class PackagesFile {
    private static final List<String> FILES = List.of("packages.yml", "dependencies.yml");

    private final Path folder;

    PackagesFile(Path folder) {
        this.folder = folder;
    }

    /// An entry.
    ///
    /// @param wanted the package's name, its place or its address, as written
    private record Entry(String kind, String wanted, String place) {
        /// The project's name, as far as the entry tells.
        String name() {
            String last = wanted.substring(wanted.lastIndexOf('/') + 1);
            return last.replaceFirst("[.](git|tar[.]gz)$", "").replace('-', '_').toLowerCase(Locale.ROOT);
        }
    }

    private List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        for (String name : FILES) {
            Path file = folder.resolve(name);
            if (!Files.exists(file)) {
                continue;
            }
            Section section = YamlFile.read(file, new Interpolation(Map.of(), Map.of()));
            for (Section entry : section.sections("packages")) {
                for (String kind : List.of("package", "git", "local", "tarball")) {
                    if (entry.has(kind)) {
                        entries.add(new Entry(kind, entry.string(kind), name + ":" + entry.line()));
                    }
                }
            }
        }
        return entries;
    }

    /// The folders of packages that are named by their path.
    List<Path> local() {
        return entries().stream()
                .filter(entry -> entry.kind().equals("local"))
                .map(entry -> {
                    Path path = folder.resolve(entry.wanted()).normalize();
                    if (!Files.exists(path.resolve(ProjectFile.FILE))) {
                        throw new TarnException(
                                ErrorCode.CONFIG_INVALID,
                                entry.place() + ": the package at '" + entry.wanted() + "' has no " + ProjectFile.FILE);
                    }
                    return path;
                })
                .toList();
    }

    /// @param there the packages that were found, by name
    /// @throws TarnException `CONFIG_INVALID` naming a package that is not there
    void refuseMissing(Map<String, ProjectFile> there) {
        for (Entry entry : entries()) {
            boolean found = entry.kind().equals("local")
                    || entry.kind().equals("tarball")
                    || there.containsKey(entry.name())
                    || there.values().stream()
                            .anyMatch(each -> String.valueOf(each.folder().getFileName())
                                    .replace('-', '_')
                                    .equalsIgnoreCase(entry.name()));
            if (!found) {
                throw new TarnException(
                        ErrorCode.CONFIG_INVALID,
                        entry.place() + ": the package '" + entry.wanted() + "' is not in dbt_packages/: put its folder"
                                + " there (what 'dbt deps' does elsewhere); Tarn downloads none");
            }
        }
    }
}
