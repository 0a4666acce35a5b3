package dev.tarn.transform;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.context.NodeContext;
import dev.tarn.transform.jinja.JinjaException;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Manifest.Exposure;
import dev.tarn.transform.project.Manifest.Group;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.Node.TestInfo;
import dev.tarn.transform.project.NodeConfig;
import dev.tarn.transform.project.Properties;
import dev.tarn.transform.project.PropertyFiles;
import dev.tarn.transform.project.Relation;
import dev.tarn.transform.project.ResourceType;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/// What properties files describe beside models: exposures, groups and unit tests.
final class OtherNodes {
    private static final Pattern REFERENCE = Pattern.compile("\\s*(ref|source)\\s*\\(.*\\)\\s*");

    private final NodeContext.Shared shared;
    private final Manifest manifest;
    private final Map<String, PropertyFiles> properties;
    private final Referring referring;

    /// Evaluates a template for what it refers to.
    interface Referring {
        /// @return unique ids of nodes and sources
        Set<String> parse(String packageName, String place, String code);
    }

    OtherNodes(
            NodeContext.Shared shared, Manifest manifest, Map<String, PropertyFiles> properties, Referring referring) {
        this.shared = shared;
        this.manifest = manifest;
        this.properties = properties;
        this.referring = referring;
    }

    void add() {
        properties.forEach((packageName, files) -> {
            files.others("groups").forEach(words -> addGroup(packageName, words));
            files.others("exposures").forEach(words -> addExposure(packageName, words));
            files.others("unit_tests").forEach(words -> addUnitTest(packageName, words));
        });
        refuseUnknownGroups();
    }

    private void addGroup(String packageName, Properties words) {
        String name = name(words);
        String id = "group." + packageName + "." + name;
        manifest.groups().put(id, new Group(id, packageName, name, path(packageName, words), words));
    }

    private void refuseUnknownGroups() {
        Set<String> names = new LinkedHashSet<>();
        manifest.groups().values().forEach(group -> names.add(group.name()));
        for (Node node : manifest.nodes().values()) {
            node.config().text("group").filter(group -> !names.contains(group)).ifPresent(group -> {
                throw new TarnException(
                        ErrorCode.CONFIG_INVALID,
                        node.path() + ": the group '" + group + "' is described in no properties file");
            });
        }
    }

    private void addExposure(String packageName, Properties words) {
        String name = name(words);
        String id = "exposure." + packageName + "." + name;
        String place = place(packageName, words);
        Set<String> dependsOn = new LinkedHashSet<>();
        for (Object reference : NodeConfig.list(words.all().get("depends_on"))) {
            String code = String.valueOf(reference);
            if (!REFERENCE.matcher(code).matches()) {
                throw new TarnException(
                        ErrorCode.CONFIG_INVALID,
                        place + ": depends_on takes ref(…) and source(…), not '" + code + "'");
            }
            dependsOn.addAll(parsed(packageName, place, "{{ " + code + " }}"));
        }
        manifest.exposures().put(id, new Exposure(id, packageName, name, path(packageName, words), dependsOn, words));
    }

    private void addUnitTest(String packageName, Properties words) {
        String name = name(words);
        String model = String.valueOf(words.all().get("model"));
        String place = place(packageName, words);
        Node of = manifest.referable(model, null, packageName, null)
                .filter(node -> node.type() == ResourceType.MODEL)
                .orElseThrow(() -> new TarnException(
                        ErrorCode.CONFIG_INVALID,
                        place + ": the unit test '" + name + "' tests the model '" + model + "', which is not there"));
        NodeConfig config = new NodeConfig();
        config.apply(Map.of("materialized", "unit"));
        config.apply(words.config());
        if (!config.truth("enabled", true)) {
            return;
        }
        String id = "unit_test." + packageName + "." + model + "." + name;
        Node node = new Node(
                id,
                ResourceType.UNIT_TEST,
                packageName,
                name,
                file(words),
                path(packageName, words),
                List.of(packageName, model, name),
                "",
                null,
                config,
                Relation.of(shared.target().database(), shared.target().schema(), name),
                new LinkedHashSet<>(Set.of(of.uniqueId())),
                new LinkedHashSet<>(),
                words,
                new TestInfo(of.uniqueId(), null, null, Map.of()),
                null);
        if (manifest.nodes().put(id, node) != null) {
            throw new TarnException(
                    ErrorCode.CONFIG_INVALID, place + ": the unit test '" + name + "' is written twice");
        }
    }

    private Set<String> parsed(String packageName, String place, String code) {
        try {
            return referring.parse(packageName, place, code);
        } catch (JinjaException e) {
            throw e.at(place, 1).toTarn();
        }
    }

    private static String name(Properties words) {
        Object name = words.all().get("name");
        if (name == null) {
            throw new TarnException(
                    ErrorCode.CONFIG_INVALID, words.file() + ":" + words.line() + ": the key 'name' is missing");
        }
        return name.toString();
    }

    private static Path file(Properties words) {
        return Objects.requireNonNull(words.file());
    }

    private String path(String packageName, Properties words) {
        return ProjectLoader.relative(
                Objects.requireNonNull(shared.packages().get(packageName)).folder(), file(words));
    }

    private String place(String packageName, Properties words) {
        return path(packageName, words) + ":" + words.line();
    }
}
