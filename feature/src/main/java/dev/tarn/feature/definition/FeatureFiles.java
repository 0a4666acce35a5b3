package dev.tarn.feature.definition;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.config.Nearest;
import dev.tarn.core.config.Section;
import dev.tarn.core.config.YamlFile;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.FeatureSelection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Reads `features/*.yml`. Whatever can be wrong without looking at a table is found here.
public final class FeatureFiles {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");

    private final Map<String, Entity> entities = new LinkedHashMap<>();
    private final Map<String, FeatureView> views = new LinkedHashMap<>();
    private final Map<String, OnDemandFeature> onDemand = new LinkedHashMap<>();
    private final Map<String, FeatureService> services = new LinkedHashMap<>();

    private StoreSetting store = StoreSetting.DEFAULT;
    private boolean hasStore;

    private FeatureFiles() {}

    /// Reads all definitions of a folder; a folder that does not exist has none.
    ///
    /// @throws TarnException `CONFIG_INVALID` with file and line
    public static FeatureDefinitions read(Path folder, Interpolation values) {
        FeatureFiles reader = new FeatureFiles();
        List<Section> files = YamlFile.in(folder).stream()
                .map(file -> YamlFile.read(file, values))
                .toList();
        // Entities first, then views: a name may be used in an earlier file than it is defined in.
        files.forEach(file -> reader.each(file, "entities", reader.entities, FeatureFiles::entity));
        files.forEach(file -> reader.each(file, "views", reader.views, reader::view));
        files.forEach(file -> reader.each(file, "on-demand", reader.onDemand, FeatureFiles::onDemand));
        files.forEach(file -> reader.each(file, "services", reader.services, FeatureFiles::service));
        files.forEach(reader::store);
        files.forEach(Section::end);
        FeatureDefinitions all = new FeatureDefinitions(
                Map.copyOf(reader.entities), reader.views, reader.onDemand, reader.services, reader.store);
        reader.checkReferences(all);
        return all;
    }

    private void store(Section file) {
        file.optionalString("online-store").ifPresent(text -> {
            if (hasStore) {
                throw file.error("online-store", "is written in another file too");
            }
            hasStore = true;
            store = StoreSetting.read(file, "online-store", text);
        });
    }

    private <T> void each(Section file, String kind, Map<String, T> into, BiFunction<String, Section, T> reader) {
        file.optionalSection(kind).ifPresent(section -> {
            for (String name : section.keys()) {
                Section one = section.section(name);
                checkName(one, name);
                if (into.containsKey(name)) {
                    throw one.error("'" + name + "' is already defined");
                }
                into.put(name, reader.apply(name, one));
                one.end();
            }
            section.end();
        });
    }

    private static Entity entity(String name, Section section) {
        List<Entity.JoinKey> keys = new ArrayList<>();
        Section named = section.section("keys");
        for (String key : named.keys()) {
            checkName(named, key);
            keys.add(new Entity.JoinKey(
                    key, named.optionalEnum(key, KeyType.class).orElse(KeyType.BIGINT)));
        }
        named.end();
        if (keys.isEmpty()) {
            throw section.error("keys", "an entity needs at least one join key");
        }
        return new Entity(name, keys, section.string("description", ""), Place.of(section));
    }

    private FeatureView view(String name, Section section) {
        List<Entity> of = new ArrayList<>();
        String entityKey = section.has("entities") ? "entities" : "entity";
        for (String entity : section.strings(entityKey)) {
            of.add(known(section, entityKey, "entity", entity, entities));
        }
        if (of.isEmpty()) {
            throw section.error("'entity' is missing: name the entity whose features these are");
        }
        List<Feature> features = features(section.section("features"));
        FeatureView view = new FeatureView(
                name,
                of,
                source(section),
                keyColumns(section, of),
                section.string("event-time"),
                section.optionalString("created-time"),
                section.optionalString("id"),
                section.optionalString("where"),
                section.optionalString("delay")
                        .map(text -> Durations.parse(section, "delay", text))
                        .orElse(Duration.ZERO),
                section.optionalString("ttl").map(text -> Durations.parse(section, "ttl", text)),
                section.bool("push", false),
                features,
                section.string("owner", ""),
                section.string("description", ""),
                tags(section),
                Place.of(section));
        if (features.isEmpty()) {
            throw section.error("features", "a view needs at least one feature");
        }
        return view;
    }

    private static Source source(Section section) {
        if (section.has("from") == section.has("sql")) {
            throw section.error("write either 'from' with a table or 'sql' with a statement");
        }
        return section.has("from")
                ? new Source.Table(section.string("from"))
                : new Source.Query(section.string("sql").strip());
    }

    private static Map<String, String> keyColumns(Section section, List<Entity> of) {
        Map<String, String> columns = new LinkedHashMap<>();
        of.forEach(entity -> entity.keys().forEach(key -> columns.put(key.name(), key.name())));
        section.optionalSection("keys")
                .ifPresent(given -> given.asStrings().forEach((key, column) -> {
                    if (columns.put(key, column) == null) {
                        throw given.error(key, "is no join key of " + names(of) + "; its keys: " + columns.keySet());
                    }
                }));
        return columns;
    }

    private static List<Feature> features(Section section) {
        Map<String, Feature> features = new LinkedHashMap<>();
        for (String name : section.keys()) {
            checkName(section, name);
            Section one = section.section(name);
            for (Feature feature : feature(name, one)) {
                if (features.put(feature.name(), feature) != null) {
                    throw one.error("there are two features '" + feature.name() + "'");
                }
            }
            one.end();
        }
        section.end();
        for (Feature feature : features.values()) {
            if (feature instanceof Feature.Ratio ratio) {
                checkOperand(ratio, ratio.numerator(), features);
                checkOperand(ratio, ratio.denominator(), features);
            }
        }
        return List.copyOf(features.values());
    }

    private static List<Feature> feature(String name, Section section) {
        List<Feature.Function> functions = Stream.of(Feature.Function.values())
                .filter(function -> section.has(function.key()))
                .toList();
        boolean ratio = section.has("ratio");
        if (functions.size() + (ratio ? 1 : 0) != 1) {
            throw section.error("write exactly one of count, sum, mean, min, max, stddev, count-distinct, last, ratio");
        }
        List<Feature> made = new ArrayList<>();
        List<String> windows = section.strings("windows");
        for (String window : windows.isEmpty() ? List.of("") : windows) {
            made.add(ratio ? ratio(name, window, section) : aggregate(name, window, functions.getFirst(), section));
        }
        return made;
    }

    private static Feature aggregate(String name, String window, Feature.Function function, Section section) {
        String of = section.string(function.key());
        boolean rows = of.equals("*");
        if (rows && function != Feature.Function.COUNT) {
            throw section.error(function.key(), "'*' can only be counted; name a column");
        }
        return new Feature.Aggregate(
                windowed(name, window, section),
                function,
                rows ? Optional.empty() : Optional.of(of),
                section.optionalString("where"),
                window.isEmpty() ? Optional.empty() : Optional.of(length(section, window)),
                section.optionalDouble("default"),
                section.string("description", ""),
                Place.of(section));
    }

    private static Feature ratio(String name, String window, Section section) {
        List<String> operands = section.strings("ratio");
        if (operands.size() != 2) {
            throw section.error("ratio", "expected [numerator, denominator], two features of this view");
        }
        return new Feature.Ratio(
                windowed(name, window, section),
                windowed(operands.get(0), window, section),
                windowed(operands.get(1), window, section),
                section.optionalDouble("default"),
                section.string("description", ""),
                Place.of(section));
    }

    private static String windowed(String name, String window, Section section) {
        return window.isEmpty() ? name : name + "_" + Durations.suffix(length(section, window));
    }

    private static Duration length(Section section, String window) {
        Duration length = Durations.parse(section, "windows", window);
        if (!length.isPositive()) {
            throw section.error("windows", "a window must be longer than nothing");
        }
        return length;
    }

    private static OnDemandFeature onDemand(String name, Section section) {
        Map<String, String> inputs =
                section.optionalSection("inputs").map(FeatureFiles::inputs).orElse(Map.of());
        return new OnDemandFeature(
                name,
                inputs,
                section.strings("uses"),
                section.string("sql"),
                section.optionalDouble("default"),
                section.string("owner", ""),
                section.string("description", ""),
                tags(section),
                Place.of(section));
    }

    private static Map<String, String> inputs(Section section) {
        Map<String, String> inputs = section.asStrings();
        List<String> types = List.of("bigint", "integer", "double", "boolean", "varchar", "date", "timestamp(6)");
        inputs.forEach((name, type) -> {
            checkName(section, name);
            if (!types.contains(type.toLowerCase(Locale.ROOT))) {
                throw section.error(name, "expected a type out of " + types + ", not '" + type + "'");
            }
        });
        return inputs;
    }

    private static FeatureService service(String name, Section section) {
        List<String> features = section.strings("features");
        if (features.isEmpty()) {
            throw section.error("features", "a feature service needs at least one feature");
        }
        return new FeatureService(
                name,
                features,
                section.string("owner", ""),
                section.string("description", ""),
                tags(section),
                Place.of(section));
    }

    private static Map<String, String> tags(Section section) {
        return section.optionalSection("tags").map(Section::asStrings).orElse(Map.of());
    }

    private void checkReferences(FeatureDefinitions all) {
        for (OnDemandFeature feature : onDemand.values()) {
            if (views.containsKey(feature.name())) {
                throw feature.place().error("'" + feature.name() + "' is the name of a view too");
            }
            feature.uses()
                    .forEach(name -> choose(all, name, feature.place()).forEach(used -> {
                        if (used instanceof FeatureDefinitions.Chosen.OnDemand) {
                            throw feature.place().error("uses: '" + name + "' is itself computed on demand");
                        }
                    }));
        }
        services.values().forEach(service -> service.features().forEach(name -> choose(all, name, service.place())));
    }

    private static List<FeatureDefinitions.Chosen> choose(FeatureDefinitions all, String name, Place place) {
        try {
            return all.choose(new FeatureSelection.Names(List.of(name)));
        } catch (TarnException e) {
            throw place.error(String.valueOf(e.getMessage()), e);
        }
    }

    private static void checkOperand(Feature.Ratio ratio, String name, Map<String, Feature> features) {
        Feature operand = features.get(name);
        if (operand instanceof Feature.Aggregate) {
            return;
        }
        String hint = operand != null
                ? "is itself a ratio"
                : "is no feature of this view"
                        + Nearest.of(name, features.keySet())
                                .map(nearest -> "; did you mean '" + nearest + "'?")
                                .orElse("; there are: " + String.join(", ", features.keySet()));
        throw ratio.place().error("ratio: '" + name + "' " + hint);
    }

    private static <T> T known(Section section, String key, String kind, String name, Map<String, T> all) {
        T found = all.get(name);
        if (found == null) {
            Collection<String> names = all.keySet();
            throw section.error(
                    key,
                    "there is no " + kind + " '" + name + "'"
                            + Nearest.of(name, names)
                                    .map(nearest -> "; did you mean '" + nearest + "'?")
                                    .orElse("; there are: " + String.join(", ", names)));
        }
        return found;
    }

    private static void checkName(Section section, String name) {
        if (!NAME.matcher(name).matches()) {
            throw section.error(
                    "'" + name + "' is no name: use lower-case letters, digits and _, starting with a letter");
        }
    }

    private static String names(List<Entity> entities) {
        return String.join(", ", entities.stream().map(Entity::name).toList());
    }
}
