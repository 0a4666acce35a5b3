package dev.tarn.transform.select;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.config.Nearest;
import dev.tarn.core.config.Section;
import dev.tarn.core.config.YamlFile;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.project.NodeConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A project's `selectors.yml`.
public final class SelectorsFile {
    private static final String FILE = "selectors.yml";

    private final Path file;
    private final Map<String, Object> definitions = new LinkedHashMap<>();

    private SelectorsFile(Path file) {
        this.file = file;
    }

    /// Reads it; a project without one has no selectors.
    public static SelectorsFile read(Path project) {
        SelectorsFile selectors = new SelectorsFile(project.resolve(FILE));
        if (Files.exists(selectors.file)) {
            Section section = YamlFile.read(selectors.file, new Interpolation(Map.of(), Map.of()));
            for (Section entry : section.sections("selectors")) {
                Object definition = entry.asMap().get("definition");
                if (definition == null) {
                    throw entry.error("definition", "is missing");
                }
                selectors.definitions.put(entry.string("name"), definition);
            }
            section.end();
        }
        return selectors;
    }

    /// The definition of a name.
    ///
    /// @throws TarnException `USAGE` when there is none
    public Criterion named(String name) {
        Object definition = definitions.get(name);
        if (definition == null) {
            throw new TarnException(
                    ErrorCode.USAGE,
                    file + ": there is no selector '" + name + "'"
                            + Nearest.of(name, definitions.keySet())
                                    .map(near -> "; did you mean '" + near + "'?")
                                    .orElse(""));
        }
        return criterion(definition);
    }

    private Criterion criterion(@Nullable Object written) {
        if (!(written instanceof Map<?, ?> map)) {
            return new Criterion.Word(String.valueOf(written));
        }
        if (map.containsKey("union") || map.containsKey("intersection")) {
            boolean union = map.containsKey("union");
            List<Criterion> of = new ArrayList<>();
            List<Criterion> exclude = new ArrayList<>();
            for (Object each : NodeConfig.list(map.get(union ? "union" : "intersection"))) {
                if (each instanceof Map<?, ?> part && part.containsKey("exclude")) {
                    NodeConfig.list(part.get("exclude")).forEach(item -> exclude.add(criterion(item)));
                } else {
                    of.add(criterion(each));
                }
            }
            return union ? new Criterion.Union(of, exclude) : new Criterion.Intersection(of, exclude);
        }
        if (!map.containsKey("method")) {
            if (map.size() != 1) {
                throw new TarnException(
                        ErrorCode.CONFIG_INVALID, file + ": a definition needs 'method' and 'value': " + map);
            }
            Map.Entry<?, ?> only = map.entrySet().iterator().next();
            return new Criterion.Word(only.getKey() + ":" + only.getValue());
        }
        return method(map);
    }

    private Criterion method(Map<?, ?> map) {
        if ("selector".equals(map.get("method"))) {
            return named(String.valueOf(map.get("value")));
        }
        String word = (Boolean.TRUE.equals(map.get("childrens_parents")) ? "@" : "")
                + (Boolean.TRUE.equals(map.get("parents")) ? depth(map.get("parents_depth")) + "+" : "")
                + map.get("method") + ":" + map.get("value")
                + (Boolean.TRUE.equals(map.get("children")) ? "+" + depth(map.get("children_depth")) : "");
        List<Criterion> exclude = new ArrayList<>();
        NodeConfig.list(map.get("exclude")).forEach(item -> exclude.add(criterion(item)));
        return exclude.isEmpty()
                ? new Criterion.Word(word)
                : new Criterion.Union(List.of(new Criterion.Word(word)), exclude);
    }

    private static String depth(@Nullable Object depth) {
        return depth == null ? "" : depth.toString();
    }
}
