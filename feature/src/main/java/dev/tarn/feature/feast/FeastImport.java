package dev.tarn.feature.feast;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads the definitions of a Feast repository as far as they are declarations: calls of `Entity`, `FeatureView`,
/// `FeatureService`, sources and `Field` with literal arguments. Python is never run; what is computed is named and
/// left to a person.
public final class FeastImport {
    /// The most files, and characters of each, that are read.
    private static final int FILES_MAX = 1_000;

    private static final int CHARS_MAX = 1 << 20;
    private static final Set<String> VIEWS = Set.of("FeatureView", "BatchFeatureView", "StreamFeatureView");
    private static final Set<String> STREAMS = Set.of("KafkaSource", "KinesisSource", "PushSource");
    private static final Set<String> TABLES = Set.of(
            "FileSource",
            "BigQuerySource",
            "RedshiftSource",
            "SnowflakeSource",
            "SparkSource",
            "TrinoSource",
            "PostgreSQLSource",
            "MsSqlServerSource",
            "AthenaSource",
            "ClickhouseSource",
            "OracleSource");
    /// Calls that are read as parts of others, or say nothing that Tarn keeps.
    private static final Set<String> PARTS =
            Set.of("Entity", "FeatureService", "Field", "Feature", "Project", "ValueType", "FeatureStore");

    /// What was found.
    ///
    /// @param yaml a file for `features/`
    /// @param notRead what a person has to look at, one line each
    public record Result(String yaml, String summary, List<String> notRead) {
        /// Writes the file.
        ///
        /// @throws TarnException `ALREADY_EXISTS`: nothing that a person may have changed is written over
        public void write(Path file) {
            try {
                Path folder = file.toAbsolutePath().getParent();
                if (folder != null) {
                    Files.createDirectories(folder);
                }
                Files.writeString(file, yaml, java.nio.file.StandardOpenOption.CREATE_NEW);
            } catch (FileAlreadyExistsException e) {
                throw new TarnException(ErrorCode.ALREADY_EXISTS, file + " exists: move it away to import again", e);
            } catch (IOException e) {
                throw new TarnException(ErrorCode.STORAGE_FAILED, file + " cannot be written: " + e.getMessage(), e);
            }
        }
    }

    private final Map<String, PythonCalls.Call> named = new LinkedHashMap<>();
    private final List<PythonCalls.Call> calls = new ArrayList<>();
    private final List<String> notRead = new ArrayList<>();

    private FeastImport() {}

    /// Reads a repository.
    ///
    /// @throws TarnException `NOT_FOUND` when the folder holds no `feature_store.yaml`
    public static Result read(Path folder) {
        if (!Files.isRegularFile(folder.resolve("feature_store.yaml"))) {
            throw new TarnException(
                    ErrorCode.NOT_FOUND,
                    folder + " holds no feature_store.yaml: name the folder of a Feast repository");
        }
        FeastImport reader = new FeastImport();
        for (Path file : pythonFiles(folder)) {
            reader.collect(folder, file);
        }
        return reader.result();
    }

    private static List<Path> pythonFiles(Path folder) {
        try (Stream<Path> files = Files.walk(folder, 8)) {
            return files.filter(file -> file.toString().endsWith(".py"))
                    .sorted()
                    .limit(FILES_MAX)
                    .toList();
        } catch (IOException e) {
            throw new TarnException(ErrorCode.STORAGE_FAILED, folder + " cannot be read: " + e.getMessage(), e);
        }
    }

    private void collect(Path folder, Path file) {
        try {
            String name = folder.relativize(file).toString();
            String text = Files.readString(file);
            if (text.length() > CHARS_MAX) {
                notRead.add(name + ": too long to be definitions");
                return;
            }
            PythonCalls.Found found = PythonCalls.read(name, text);
            found.calls().forEach(call -> {
                calls.add(call);
                call.variable().ifPresent(variable -> named.put(variable, call));
            });
            found.decorated()
                    .forEach(what -> notRead.add(what + ": computed in Python; write it as SQL under on-demand"));
        } catch (IOException e) {
            notRead.add(file.getFileName() + ": cannot be read: " + e.getMessage());
        }
    }

    private Result result() {
        StringBuilder yaml = new StringBuilder("# Taken over from a Feast repository. Look at what stands after #.\n");
        int entities = entities(yaml);
        int views = views(yaml);
        int services = services(yaml);
        calls.stream()
                .filter(call -> !VIEWS.contains(call.name())
                        && !STREAMS.contains(call.name())
                        && !TABLES.contains(call.name())
                        && !PARTS.contains(call.name()))
                .filter(call -> call.name().endsWith("View")
                        || call.name().endsWith("Source")
                        || call.name().endsWith("Dataset")
                        || call.name().endsWith("Permission"))
                .forEach(call -> notRead.add(call.place() + ": " + call.name()
                        + (call.name().startsWith("OnDemand") || call.name().equals("RequestSource")
                                ? ": write it as SQL under on-demand, with its inputs"
                                : " has no counterpart that can be taken over")));
        return new Result(
                yaml.toString(),
                entities + " entities, " + views + " views, " + services + " services",
                List.copyOf(notRead));
    }

    private int entities(StringBuilder yaml) {
        int count = 0;
        for (PythonCalls.Call call : calls) {
            if (!call.name().equals("Entity")) {
                continue;
            }
            Optional<String> name = call.text("name", 0);
            if (name.isEmpty()) {
                notRead.add(call.place() + ": an Entity without a literal name");
                continue;
            }
            yaml.append(count++ == 0 ? "entities:\n" : "");
            List<String> keys = call.texts("join_keys");
            boolean text = String.valueOf(call.arguments().get("value_type")).contains("STRING");
            yaml.append("  ").append(word(name.get())).append(":\n    keys: {");
            yaml.append(String.join(
                    ", ",
                    (keys.isEmpty() ? List.of(name.get()) : keys)
                            .stream()
                                    .map(key -> word(key) + ": " + (text || isText(key) ? "varchar" : "bigint"))
                                    .toList()));
            yaml.append("}\n");
            description(yaml, call, "    ");
        }
        return count;
    }

    /// Whether a view's schema says that a join key is text.
    private boolean isText(String key) {
        return calls.stream()
                .filter(call -> VIEWS.contains(call.name()))
                .flatMap(call -> call.list("schema").stream())
                .anyMatch(item -> item instanceof PythonCalls.Call field
                        && field.text("name", 0).equals(Optional.of(key))
                        && String.valueOf(field.arguments().get("dtype")).endsWith("String"));
    }

    private Set<String> joinKeys(PythonCalls.Call view) {
        Set<String> keys = new HashSet<>();
        for (Object item : view.list("entities")) {
            PythonCalls.Call entity = item instanceof PythonCalls.Name variable ? named.get(variable.text()) : null;
            if (entity != null) {
                keys.addAll(entity.texts("join_keys"));
                if (entity.texts("join_keys").isEmpty()) {
                    entity.text("name", 0).ifPresent(keys::add);
                }
            }
        }
        return keys;
    }

    private int views(StringBuilder yaml) {
        int count = 0;
        for (PythonCalls.Call call : calls) {
            if (!VIEWS.contains(call.name())) {
                continue;
            }
            Optional<String> name = call.text("name", 0);
            // A schema may list the join keys too, which are no features.
            Set<String> keys = joinKeys(call);
            List<String> fields =
                    fields(call).stream().filter(field -> !keys.contains(field)).toList();
            if (name.isEmpty() || fields.isEmpty()) {
                notRead.add(call.place() + ": a FeatureView without a literal name and schema");
                continue;
            }
            yaml.append(count++ == 0 ? "views:\n" : "");
            yaml.append("  ").append(word(name.get())).append(":\n    entities: [");
            yaml.append(String.join(", ", entitiesOf(call))).append("]\n");
            source(yaml, call);
            call.days("ttl")
                    .ifPresent(ttl -> yaml.append("    ttl: ").append(ttl).append('\n'));
            description(yaml, call, "    ");
            tags(yaml, call);
            yaml.append("    features:\n");
            Map<String, String> columns = new LinkedHashMap<>();
            source(call).ifPresent(found -> found.pairs("field_mapping").forEach((from, to) -> columns.put(to, from)));
            for (String field : fields) {
                String column = columns.getOrDefault(field, field);
                yaml.append("      ")
                        .append(word(field))
                        .append(": {last: ")
                        .append(column.matches("[A-Za-z_][A-Za-z0-9_]*") ? column : quoted('"' + column + '"'))
                        .append("}\n");
            }
        }
        return count;
    }

    private int services(StringBuilder yaml) {
        int count = 0;
        for (PythonCalls.Call call : calls) {
            if (!call.name().equals("FeatureService")) {
                continue;
            }
            Optional<String> name = call.text("name", 0);
            List<String> views = new ArrayList<>();
            for (Object item : call.list("features")) {
                String selected = item instanceof PythonCalls.Subscript subscript
                        ? selected(subscript, views)
                        : item instanceof PythonCalls.Name variable ? viewName(variable.text()) : null;
                if (selected != null && !selected.isEmpty()) {
                    views.add(selected);
                } else if (selected == null) {
                    notRead.add(call.place() + ": a feature of a service: " + item);
                }
            }
            if (name.isEmpty() || views.isEmpty()) {
                notRead.add(call.place() + ": a FeatureService without a literal name and known features");
                continue;
            }
            yaml.append(count++ == 0 ? "services:\n" : "");
            yaml.append("  ").append(word(name.get())).append(":\n    features: [");
            yaml.append(String.join(", ", views)).append("]\n");
            description(yaml, call, "    ");
            tags(yaml, call);
        }
        return count;
    }

    private @Nullable String selected(PythonCalls.Subscript subscript, List<String> into) {
        String view = viewName(subscript.of());
        if (view == null) {
            return null;
        }
        subscript.texts().forEach(feature -> into.add(view + ":" + word(feature)));
        return "";
    }

    private @Nullable String viewName(String variable) {
        PythonCalls.Call call = named.get(variable);
        return call == null ? null : call.text("name", 0).map(FeastImport::word).orElse(null);
    }

    private List<String> entitiesOf(PythonCalls.Call view) {
        List<String> names = new ArrayList<>();
        for (Object item : view.list("entities")) {
            if (item instanceof String text) {
                names.add(word(text));
            } else if (item instanceof PythonCalls.Name variable && viewName(variable.text()) != null) {
                names.add(String.valueOf(viewName(variable.text())));
            } else {
                notRead.add(view.place() + ": an entity of a view: " + item);
            }
        }
        return names;
    }

    private static List<String> fields(PythonCalls.Call view) {
        List<String> names = new ArrayList<>();
        for (String argument : List.of("schema", "features")) {
            for (Object item : view.list(argument)) {
                if (item instanceof PythonCalls.Call field
                        && (field.name().equals("Field") || field.name().equals("Feature"))) {
                    field.text("name", 0).ifPresent(names::add);
                }
            }
        }
        return names;
    }

    /// What a view is filled from: the batch source behind a stream.
    private Optional<PythonCalls.Call> source(PythonCalls.Call view) {
        Optional<PythonCalls.Call> source = givenSource(view);
        return source.isPresent() && STREAMS.contains(source.get().name())
                ? called(source.get().arguments().get("batch_source"))
                : source;
    }

    private Optional<PythonCalls.Call> givenSource(PythonCalls.Call view) {
        return called(view.arguments().getOrDefault("source", view.arguments().get("batch_source")));
    }

    private Optional<PythonCalls.Call> called(@Nullable Object value) {
        return value instanceof PythonCalls.Call direct
                ? Optional.of(direct)
                : value instanceof PythonCalls.Name variable
                        ? Optional.ofNullable(named.get(variable.text()))
                        : Optional.empty();
    }

    private void source(StringBuilder yaml, PythonCalls.Call view) {
        boolean push = view.name().equals("StreamFeatureView")
                || givenSource(view)
                        .filter(given -> STREAMS.contains(given.name()))
                        .isPresent();
        PythonCalls.Call source = source(view).orElse(null);
        if (source == null) {
            yaml.append(
                    "    from: bronze.unknown    # the source was computed in Python\n    event-time: event_timestamp\n");
            notRead.add(view.place() + ": the source of a view");
            return;
        }
        Optional<String> query = source.text("query", -1);
        String table = source.text("table", -1).or(() -> source.text("name", 0)).orElse("unknown");
        if (query.isPresent()) {
            yaml.append("    sql: |-\n      ")
                    .append(query.get().strip().replace("\n", "\n      "))
                    .append('\n');
        } else {
            yaml.append("    from: ")
                    .append(table.contains(".") ? table : "bronze." + word(table))
                    .append(source.text("path", -1)
                            .map(path -> "    # was the file " + path + ": name the table it is loaded into")
                            .orElse(""))
                    .append('\n');
        }
        yaml.append("    event-time: ")
                .append(source.text("timestamp_field", -1)
                        .or(() -> Optional.<String>empty())
                        .orElse("event_timestamp"))
                .append('\n');
        source.text("created_timestamp_column", -1)
                .ifPresent(created ->
                        yaml.append("    created-time: ").append(created).append('\n'));
        if (push) {
            yaml.append("    push: true\n");
        }
    }

    private static void tags(StringBuilder yaml, PythonCalls.Call call) {
        Map<String, String> tags = call.pairs("tags");
        if (!tags.isEmpty()) {
            yaml.append("    tags: {");
            yaml.append(String.join(
                    ", ",
                    tags.entrySet().stream()
                            .map(tag -> quoted(tag.getKey()) + ": " + quoted(tag.getValue()))
                            .toList()));
            yaml.append("}\n");
        }
    }

    private static void description(StringBuilder yaml, PythonCalls.Call call, String indent) {
        call.text("description", -1)
                .filter(text -> !text.isBlank())
                .ifPresent(text -> yaml.append(indent)
                        .append("description: ")
                        .append(quoted(text))
                        .append('\n'));
        call.text("owner", -1)
                .filter(text -> !text.isBlank() && !call.name().equals("Entity"))
                .ifPresent(text -> yaml.append(indent)
                        .append("owner: ")
                        .append(quoted(text))
                        .append('\n'));
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }

    /// A name as Tarn's files have them.
    private static String word(String name) {
        String word = name.toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z0-9_]", "_");
        return word.matches("[a-z].*") ? word : "f_" + word;
    }
}
