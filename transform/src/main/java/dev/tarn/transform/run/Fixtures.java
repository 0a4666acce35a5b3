package dev.tarn.transform.run;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.NodeConfig;
import dev.tarn.transform.project.ProjectFile;
import dev.tarn.transform.project.Properties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads a unit test's rows: `format: dict` (the default), `csv` or `sql`, in place or in a fixture's file.
final class Fixtures {
    private Fixtures() {}

    /// @param words `rows`, `format` and `fixture`, as written
    static Fixture of(Manifest manifest, Node test, Map<String, @Nullable Object> words) {
        String format = String.valueOf(words.getOrDefault("format", "dict"));
        Object fixture = words.get("fixture");
        Object rows = fixture == null ? words.get("rows") : text(manifest, test, fixture.toString(), format);
        return switch (format) {
            case "dict" -> dicts(test, rows);
            case "csv" -> csv(test, String.valueOf(rows));
            case "sql" -> new Fixture.Query(String.valueOf(rows).strip());
            default -> throw UnitTests.invalid(test, "has the format '" + format + "': use dict, csv or sql");
        };
    }

    private static Fixture dicts(Node test, @Nullable Object rows) {
        List<Map<String, @Nullable Object>> all = new ArrayList<>();
        for (Object row : NodeConfig.list(rows)) {
            if (!(row instanceof Map<?, ?> map)) {
                throw UnitTests.invalid(test, "has rows that are not maps of column to value");
            }
            all.add(Properties.strings(map));
        }
        return new Fixture.Rows(all);
    }

    private static Fixture csv(Node test, String text) {
        List<List<@Nullable String>> lines = Csv.parse(test.path(), text.strip() + "\n", ',');
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        for (int i = 1; i < lines.size(); i++) {
            Map<String, @Nullable Object> row = new LinkedHashMap<>();
            for (int column = 0; column < lines.getFirst().size(); column++) {
                String value = lines.get(i).get(column);
                row.put(String.valueOf(lines.getFirst().get(column)).strip(), value == null ? null : value.strip());
            }
            rows.add(row);
        }
        return new Fixture.Rows(rows);
    }

    private static String text(Manifest manifest, Node test, String name, String format) {
        ProjectFile project = Objects.requireNonNull(manifest.packages().get(test.packageName()));
        String file = name + "." + format;
        for (String place : project.paths().tests()) {
            Path folder = project.folder().resolve(place).resolve("fixtures");
            if (Files.isDirectory(folder)) {
                try (Stream<Path> files = Files.walk(folder)) {
                    Path found = files.filter(
                                    each -> each.getFileName().toString().equals(file))
                            .findFirst()
                            .orElse(null);
                    if (found != null) {
                        return Files.readString(found);
                    }
                } catch (IOException e) {
                    throw new TarnException(
                            ErrorCode.CONFIG_INVALID, folder + ": cannot be read: " + e.getMessage(), e);
                }
            }
        }
        throw UnitTests.invalid(test, "names the fixture '" + name + "', but no tests/fixtures/" + file + " is there");
    }
}
