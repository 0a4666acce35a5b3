package dev.tarn.transform.project;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.config.Section;
import dev.tarn.core.config.YamlFile;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Everything that a package's `*.yml` properties files say.
public final class PropertyFiles {
    private static final List<String> NODE_KINDS =
            List.of("models", "seeds", "snapshots", "analyses", "macros", "data_tests", "tests", "functions");
    private static final List<String> OTHER_KINDS =
            List.of("exposures", "groups", "unit_tests", "metrics", "semantic_models", "saved_queries", "anchors");

    private final Map<String, Map<String, Properties>> byKind = new LinkedHashMap<>();
    private final Map<String, List<Properties>> others = new LinkedHashMap<>();
    private final List<SourceEntry> sources = new ArrayList<>();

    private final String packageName;
    private final DocBlocks docs;

    /// @param docs what descriptions refer to
    public PropertyFiles(String packageName, DocBlocks docs) {
        this.packageName = packageName;
        this.docs = docs;
    }

    /// Those of a package without any.
    public PropertyFiles() {
        this("", new DocBlocks());
    }

    /// A source's table, with the words that its source has for all of its tables.
    public record SourceEntry(
            String source, String table, Map<String, @Nullable Object> sourceWords, Properties properties) {}

    /// A properties file's text as YAML, whatever it says.
    public static Section section(Path file) {
        return YamlFile.read(file, new Interpolation(Map.of(), Map.of()));
    }

    /// Takes what a properties file says.
    public void read(Section section) {
        Path file = section.file();
        section.has("version");
        for (String kind : NODE_KINDS) {
            for (Section entry : section.sections(kind)) {
                Properties properties = Properties.of(file, entry.line(), described(entry));
                Map<String, Properties> kindMap = byKind.computeIfAbsent(kind, key -> new LinkedHashMap<>());
                String name = entry.string("name");
                Properties other = kindMap.putIfAbsent(name, properties);
                if (other != null && !kind.equals("macros")) {
                    throw invalid(
                            file,
                            entry.line(),
                            kind + ": '" + name + "' is described here and at " + other.file() + ":" + other.line());
                }
            }
        }
        for (Section source : section.sections("sources")) {
            readSource(file, source);
        }
        for (String kind : OTHER_KINDS) {
            for (Section entry : section.sections(kind)) {
                others.computeIfAbsent(kind, key -> new ArrayList<>())
                        .add(Properties.of(file, entry.line(), described(entry)));
            }
        }
        section.end();
    }

    private void readSource(Path file, Section source) {
        String name = source.string("name");
        for (Section table : source.sections("tables")) {
            String tableName = table.string("name");
            for (SourceEntry other : sources) {
                if (other.source().equals(name) && other.table().equals(tableName)) {
                    throw invalid(
                            file,
                            table.line(),
                            "the source table '" + name + "." + tableName + "' is also described at "
                                    + other.properties().file() + ":"
                                    + other.properties().line());
                }
            }
            sources.add(new SourceEntry(
                    name, tableName, described(source), Properties.of(file, table.line(), described(table))));
        }
    }

    /// What a section says, with the docs blocks that its descriptions name.
    private Map<String, @Nullable Object> described(Section section) {
        Map<String, @Nullable Object> words = section.asMap();
        describe(words, section.file() + ":" + section.line());
        return words;
    }

    @SuppressWarnings("unchecked")
    private void describe(Object value, String place) {
        switch (value) {
            case Map<?, ?> map -> {
                if (map.get("description") instanceof String text && text.contains("{{")) {
                    ((Map<String, Object>) map).put("description", docs.rendered(text, packageName, place));
                }
                for (String nested : List.of("columns", "tables", "versions")) {
                    if (map.get(nested) instanceof List<?> items) {
                        items.forEach(item -> describe(item, place));
                    }
                }
            }
            default -> {}
        }
    }

    public Properties of(String kind, String name) {
        return byKind.getOrDefault(kind, Map.of()).getOrDefault(name, Properties.NONE);
    }

    public Map<String, Properties> all(String kind) {
        return byKind.getOrDefault(kind, Map.of());
    }

    public List<SourceEntry> sources() {
        return sources;
    }

    public List<Properties> others(String kind) {
        return others.getOrDefault(kind, List.of());
    }

    private static TarnException invalid(Path file, int line, String message) {
        return new TarnException(ErrorCode.CONFIG_INVALID, file + ":" + line + ": " + message);
    }
}
