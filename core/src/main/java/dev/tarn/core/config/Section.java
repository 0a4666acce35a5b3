package dev.tarn.core.config;

import dev.tarn.core.error.TarnException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// A mapping of a YAML file. Each key is read once by name and type; [#end] then refuses whatever
/// was not read, so that a typo is an error with file, line and the nearest known key.
public final class Section {
    private final Path file;
    private final String path;
    private final int line;
    private final Interpolation values;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Set<String> known = new java.util.TreeSet<>();

    private record Entry(int line, Node value) {}

    Section(Path file, String path, int line, List<NodeTuple> tuples, Interpolation values) {
        this.file = file;
        this.path = path;
        this.line = line;
        this.values = values;
        for (NodeTuple tuple : tuples) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                throw YamlFile.invalid(file, YamlFile.line(tuple.getKeyNode()), "a key must be a plain word");
            }
            if (entries.put(key.getValue(), new Entry(YamlFile.line(key), tuple.getValueNode())) != null) {
                throw YamlFile.invalid(file, YamlFile.line(key), "'" + key.getValue() + "' is written twice");
            }
        }
    }

    /// The file this section stands in.
    public Path file() {
        return file;
    }

    /// The 1-based line at which the section starts.
    public int line() {
        return line;
    }

    /// The keys as written, in order; for sections whose keys are names chosen by the user.
    public Set<String> keys() {
        return entries.keySet();
    }

    /// Whether the key is present with a value other than null.
    public boolean has(String key) {
        known.add(key);
        Entry entry = entries.get(key);
        return entry != null && !isNull(entry.value());
    }

    public Optional<String> optionalString(String key) {
        return node(key).map(node -> scalar(key, node));
    }

    public String string(String key) {
        return optionalString(key).orElseThrow(() -> missing(key));
    }

    public String string(String key, String otherwise) {
        return optionalString(key).orElse(otherwise);
    }

    public Optional<Boolean> optionalBool(String key) {
        return optionalString(key).map(text -> switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default -> throw error(key, "expected true or false, not '" + text + "'");
        });
    }

    public boolean bool(String key, boolean otherwise) {
        return optionalBool(key).orElse(otherwise);
    }

    public Optional<Long> optionalLong(String key) {
        return parsed(key, "a whole number", text -> Long.parseLong(text.replace("_", "")));
    }

    /// A whole number between the two bounds, both included.
    public int integer(String key, int otherwise, int min, int max) {
        long value = optionalLong(key).orElse((long) otherwise);
        if (value < min || value > max) {
            throw error(key, "expected a whole number from " + min + " to " + max + ", not " + value);
        }
        return (int) value;
    }

    public Optional<Double> optionalDouble(String key) {
        return parsed(key, "a number", Double::parseDouble);
    }

    /// A duration such as `500ms`, `10s`, `15m`, `6h`, `7d`.
    public Optional<Duration> optionalDuration(String key) {
        return parsed(key, "a duration such as 10s, 15m or 7d", Units::duration);
    }

    /// A size in bytes such as `512MB` or `2GB` (powers of 1024).
    public Optional<Long> optionalBytes(String key) {
        return parsed(key, "a size such as 512MB or 2GB", Units::bytes);
    }

    /// A path; relative ones start at the folder of the file.
    public Optional<Path> optionalPath(String key) {
        return optionalString(key)
                .map(text -> file.toAbsolutePath().resolveSibling(text).normalize());
    }

    /// One of an enum's constants, written in lower case with hyphens.
    public <E extends Enum<E>> Optional<E> optionalEnum(String key, Class<E> type) {
        return optionalString(key).map(text -> {
            for (E constant : type.getEnumConstants()) {
                if (enumWord(constant).equals(text)) {
                    return constant;
                }
            }
            List<String> words = Arrays.stream(type.getEnumConstants())
                    .map(Section::enumWord)
                    .toList();
            throw error(key, "expected one of " + String.join(", ", words) + ", not '" + text + "'");
        });
    }

    /// A list of plain values; a single value counts as a list of one; empty when absent.
    public List<String> strings(String key) {
        return node(key)
                .map(node -> node instanceof SequenceNode sequence
                        ? sequence.getValue().stream()
                                .map(item -> scalar(key, item))
                                .toList()
                        : List.of(scalar(key, node)))
                .orElse(List.of());
    }

    /// A nested mapping.
    public Optional<Section> optionalSection(String key) {
        return node(key).map(node -> nested(key, node));
    }

    /// A nested mapping, which must be there.
    public Section section(String key) {
        return optionalSection(key).orElseThrow(() -> missing(key));
    }

    /// A list of mappings; empty when absent.
    public List<Section> sections(String key) {
        return node(key)
                .map(node -> {
                    if (!(node instanceof SequenceNode sequence)) {
                        throw error(key, "expected a list, each item starting with '- '");
                    }
                    List<Section> sections = new ArrayList<>();
                    for (Node item : sequence.getValue()) {
                        sections.add(nested(key + "[" + sections.size() + "]", item));
                    }
                    return List.copyOf(sections);
                })
                .orElse(List.of());
    }

    /// This section with one key alone, whose value is read as YAML where it was written as a block of text, as other
    /// standards write what is for another tool. Lines stay those of the file.
    ///
    /// @throws TarnException `CONFIG_INVALID` when the key is missing or the text is not YAML
    public Section unfolded(String key) {
        Node value = node(key).orElseThrow(() -> missing(key));
        Node read = value instanceof ScalarNode text ? YamlFile.text(file, text) : value;
        Section section = new Section(file, path, line, List.of(), values);
        section.entries.put(key, new Entry(entries.get(key).line(), read));
        return section;
    }

    /// A list of mappings and plain words, where a word stands for a mapping of that one key without a value. A single
    /// item counts as a list of one; empty when absent.
    public List<Section> items(String key) {
        List<Section> sections = new ArrayList<>();
        node(key)
                .map(node -> node instanceof SequenceNode sequence ? sequence.getValue() : List.of(node))
                .orElse(List.of())
                .forEach(item -> {
                    String at = key + "[" + sections.size() + "]";
                    if (item instanceof ScalarNode word) {
                        Section section = new Section(file, at(at), YamlFile.line(word), List.of(), values);
                        section.entries.put(scalar(at, word), new Entry(section.line, YamlFile.nothing(word)));
                        sections.add(section);
                    } else {
                        sections.add(nested(at, item));
                    }
                });
        return List.copyOf(sections);
    }

    /// All entries as plain text, for sections whose keys the user chooses, such as `vars`.
    public Map<String, String> asStrings() {
        Map<String, String> all = new LinkedHashMap<>();
        for (String key : entries.keySet()) {
            all.put(key, optionalString(key).orElse(""));
        }
        return all;
    }

    /// The section as maps, lists, strings, numbers, booleans and nulls, for parts passed on as they are.
    public Map<String, @Nullable Object> asMap() {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        entries.forEach((key, entry) -> {
            known.add(key);
            all.put(key, plain(key, entry.value()));
        });
        return all;
    }

    /// Refuses every key that nobody asked for.
    ///
    /// @throws TarnException `CONFIG_INVALID` naming file, line, the key and the nearest known one
    public void end() {
        for (Map.Entry<String, Entry> entry : entries.entrySet()) {
            if (!known.contains(entry.getKey())) {
                String nearest = Nearest.of(entry.getKey(), known)
                        .map(name -> "; did you mean '" + name + "'?")
                        .orElse("; known keys here: " + String.join(", ", known));
                throw YamlFile.invalid(
                        file, entry.getValue().line(), "unknown key '" + at(entry.getKey()) + "'" + nearest);
            }
        }
    }

    /// An error about the value of a key, with file and line.
    public TarnException error(String key, String message) {
        Entry entry = entries.get(key);
        return YamlFile.invalid(file, entry == null ? line : entry.line(), at(key) + ": " + message);
    }

    /// An error about the section as a whole, with file and line.
    public TarnException error(String message) {
        return YamlFile.invalid(file, line, path.isEmpty() ? message : path + ": " + message);
    }

    private Optional<Node> node(String key) {
        return has(key) ? Optional.of(entries.get(key).value()) : Optional.empty();
    }

    private Section nested(String key, Node node) {
        if (!(node instanceof MappingNode mapping)) {
            throw YamlFile.invalid(file, YamlFile.line(node), at(key) + ": expected 'key: value' lines");
        }
        return YamlFile.section(file, at(key), mapping, values);
    }

    private String scalar(String key, Node node) {
        if (!(node instanceof ScalarNode scalar)) {
            throw YamlFile.invalid(file, YamlFile.line(node), at(key) + ": expected a single value");
        }
        try {
            return values.resolve(scalar.getValue());
        } catch (Interpolation.UnknownReferenceException e) {
            throw YamlFile.invalid(file, YamlFile.line(node), at(key) + ": " + e.getMessage());
        }
    }

    private @Nullable Object plain(String key, Node node) {
        return switch (node) {
            case MappingNode mapping -> nested(key, mapping).asMap();
            case SequenceNode sequence -> {
                List<@Nullable Object> items = new ArrayList<>();
                sequence.getValue().forEach(item -> items.add(plain(key, item)));
                yield items;
            }
            case ScalarNode scalar -> {
                String text = scalar(key, scalar);
                Tag tag = scalar.getTag();
                if (tag.equals(Tag.NULL)) {
                    yield null;
                } else if (tag.equals(Tag.BOOL)) {
                    yield Boolean.valueOf(text);
                } else if (tag.equals(Tag.INT)) {
                    yield Long.decode(text);
                } else if (tag.equals(Tag.FLOAT)) {
                    yield Double.valueOf(text);
                }
                yield text;
            }
            default -> throw error(key, "expected a value, a list or a mapping");
        };
    }

    private <T> Optional<T> parsed(String key, String expected, Function<String, T> parser) {
        return optionalString(key).map(text -> {
            try {
                return parser.apply(text);
            } catch (IllegalArgumentException | ArithmeticException e) {
                throw error(key, "expected " + expected + ", not '" + text + "'");
            }
        });
    }

    private TarnException missing(String key) {
        return YamlFile.invalid(file, line, "'" + at(key) + "' is missing");
    }

    private String at(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static String enumWord(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static boolean isNull(Node node) {
        return node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.NULL);
    }
}
