package dev.tarn.ingest;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.config.Section;
import dev.tarn.core.config.YamlFile;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.ingest.generate.GeneratorSettings;
import dev.tarn.ingest.generate.Landing;
import dev.tarn.ingest.read.CsvDialect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Type;

/// Reads a project's `sources/*.yml`. `docs/reference/sources.md` describes every key.
public final class Sources {
    private Sources() {}

    /// All sources of a project, by file and then as written; none when there is no folder `sources`.
    ///
    /// @param project the project's folder; relative paths in the files start there
    /// @throws TarnException `CONFIG_INVALID` with file and line
    public static List<Source> load(Path project, Interpolation values) {
        Path folder = project.resolve("sources");
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Source> sources = new ArrayList<>();
        Set<TableIdentifier> tables = new LinkedHashSet<>();
        try (Stream<Path> paths = Files.list(folder)) {
            for (Path file : paths.filter(path -> path.toString().matches(".*\\.ya?ml"))
                    .sorted()
                    .toList()) {
                for (Source source : read(project, YamlFile.read(file, values))) {
                    if (!tables.add(source.table())) {
                        throw new TarnException(
                                ErrorCode.CONFIG_INVALID, file + ": the table " + source.name() + " has two sources");
                    }
                    sources.add(source);
                }
            }
        } catch (IOException e) {
            throw new TarnException(ErrorCode.CONFIG_INVALID, folder + " cannot be read: " + e, e);
        }
        return List.copyOf(sources);
    }

    private static List<Source> read(Path project, Section file) {
        Namespace namespace = Namespace.of(file.string("schema", "bronze"));
        Optional<Landing> landing = file.optionalSection("generate").map(section -> landing(project, section));
        Section tables = file.section("tables");
        List<Source> sources = new ArrayList<>();
        for (String name : tables.keys()) {
            if (!name.matches("[a-z][a-z0-9_]*") || name.contains("__")) {
                throw tables.error(name, "a table's name is of lower-case letters, digits and single underscores");
            }
            Section table = tables.section(name);
            sources.add(files(project, TableIdentifier.of(namespace, name), table, landing));
            table.end();
        }
        tables.end();
        file.end();
        return sources;
    }

    private static Landing landing(Path project, Section section) {
        GeneratorSettings settings = new GeneratorSettings(
                section.optionalLong("rows").orElse(100_000L),
                section.optionalLong("seed").orElse(1L),
                section.optionalDouble("fraud-share").orElse(GeneratorSettings.FRAUD_SHARE));
        if (settings.rows() < 1 || settings.rows() > 1_000_000_000L) {
            throw section.error("rows", "expected a number from 1 to 1000000000");
        }
        if (settings.fraudShare() < 0 || settings.fraudShare() > 0.5) {
            throw section.error("fraud-share", "expected a share from 0 to 0.5");
        }
        try {
            Landing landing = new Landing(section.string("generator"), path(project, section.string("into")), settings);
            section.end();
            return landing;
        } catch (TarnException e) {
            throw e.code() == ErrorCode.CONFIG_INVALID && !section.has("generator")
                    ? e
                    : section.error("generator", String.valueOf(e.getMessage()));
        }
    }

    private static FileSource files(
            Path project, TableIdentifier identifier, Section table, Optional<Landing> landing) {
        List<Path> paths =
                table.strings("path").stream().map(text -> path(project, text)).toList();
        if (paths.isEmpty()) {
            throw table.error("'path' is missing: a file, a folder, or a pattern such as data/payments_*.csv");
        }
        double maxRejects = table.optionalDouble("max-rejects").orElse(FileSource.MAX_REJECTS);
        if (maxRejects < 0 || maxRejects > 1) {
            throw table.error("max-rejects", "expected a share from 0 to 1");
        }
        String jsonPath = table.string("json-path", "$");
        if (!jsonPath.equals("$") && !jsonPath.startsWith("$.")) {
            throw table.error("json-path", "expected names from the top, such as $.data.items");
        }
        // A folder that other files were put into instead is not the generator's.
        Optional<Landing> filled =
                landing.filter(land -> paths.stream().anyMatch(path -> path.startsWith(land.folder())));
        return new FileSource(
                identifier,
                paths,
                table.optionalEnum("format", FileFormat.class),
                dialect(table),
                types(table),
                table.optionalEnum("records", Records.class).orElse(Records.ROWS) == Records.ENTRIES,
                jsonPath.equals("$") ? List.of() : List.of(jsonPath.substring(2).split("\\.", -1)),
                maxRejects,
                table.optionalEnum("on-change", OnChange.class).orElse(OnChange.RELOAD),
                table.bool("required", true),
                filled);
    }

    private enum Records {
        ROWS,
        ENTRIES
    }

    private static CsvDialect dialect(Section table) {
        return new CsvDialect(
                character(table, "delimiter"),
                character(table, "quote").orElse('"'),
                character(table, "escape").orElse(character(table, "quote").orElse('"')),
                table.bool("header", true),
                table.strings("nulls"));
    }

    private static Optional<Character> character(Section table, String key) {
        return table.optionalString(key).map(text -> {
            String plain = text.equals("\\t") ? "\t" : text;
            if (plain.length() != 1 || plain.charAt(0) > 127) {
                throw table.error(key, "expected one ASCII character, or \\t");
            }
            return plain.charAt(0);
        });
    }

    private static Map<String, Type> types(Section table) {
        Map<String, Type> types = new LinkedHashMap<>();
        table.optionalSection("columns")
                .ifPresent(columns -> columns.asStrings().forEach((name, type) -> {
                    try {
                        types.put(ColumnNames.normal(name), TextTypes.parse(type));
                    } catch (TarnException e) {
                        throw columns.error(name, String.valueOf(e.getMessage()));
                    }
                }));
        return types;
    }

    private static Path path(Path project, String text) {
        return project.toAbsolutePath().resolve(text).normalize();
    }
}
