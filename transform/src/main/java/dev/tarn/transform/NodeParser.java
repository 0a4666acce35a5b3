package dev.tarn.transform;

import dev.tarn.core.config.Nearest;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.context.NodeContext;
import dev.tarn.transform.context.References;
import dev.tarn.transform.jinja.Arguments;
import dev.tarn.transform.jinja.Digests;
import dev.tarn.transform.jinja.JinjaException;
import dev.tarn.transform.jinja.Macro;
import dev.tarn.transform.jinja.Python;
import dev.tarn.transform.jinja.Template;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.Node.TestInfo;
import dev.tarn.transform.project.NodeConfig;
import dev.tarn.transform.project.NodeWords;
import dev.tarn.transform.project.ProjectFile;
import dev.tarn.transform.project.Properties;
import dev.tarn.transform.project.PropertyFiles;
import dev.tarn.transform.project.Relation;
import dev.tarn.transform.project.ResourceType;
import dev.tarn.transform.project.SourceTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Turns files into nodes: configures them, runs their templates once as dbt's parser does to learn what they
/// refer to, and connects them.
final class NodeParser {
    private final NodeContext.Shared shared;
    private final Map<String, PropertyFiles> properties;
    private final Templates templates;
    private final Map<String, SourceTable> sources;
    private final List<Draft> drafts = new ArrayList<>();
    private final Map<String, Map<String, Versions.Version>> versions = new LinkedHashMap<>();

    /// A node whose references are still names.
    private record Draft(
            String uniqueId,
            ResourceType type,
            ProjectFile project,
            String name,
            Path file,
            String path,
            List<String> fqn,
            String rawCode,
            @Nullable Template template,
            NodeConfig config,
            Properties properties,
            @Nullable TestInfo test,
            @Nullable String version) {}

    private record Reference(
            @Nullable String packageName,
            String name,
            @Nullable String version) {
        @Override
        public String toString() {
            return "ref('" + name + "'" + (version == null ? "" : ", v=" + version) + ")";
        }
    }

    private record Parsed(Draft draft, Node node, Set<Reference> references) {}

    NodeParser(
            NodeContext.Shared shared,
            Map<String, PropertyFiles> properties,
            Map<String, SourceTable> sources,
            Templates templates) {
        this.shared = shared;
        this.templates = templates;
        this.properties = properties;
        this.sources = sources;
    }

    void addModel(ProjectFile project, String place, SourceFile source) {
        PropertyFiles words = properties.getOrDefault(project.name(), new PropertyFiles());
        Versions.Version version = versions.computeIfAbsent(project.name(), name -> Versions.of(words.all("models")))
                .get(stem(source.file()));
        if (version == null) {
            add(ResourceType.MODEL, "models", project, place, source, stem(source.file()));
        } else {
            add(
                    ResourceType.MODEL,
                    "models",
                    project,
                    place,
                    source.file(),
                    version.name(),
                    source.text(),
                    source.template(),
                    version);
        }
    }

    void addSeed(ProjectFile project, String place, Path file) {
        add(ResourceType.SEED, "seeds", project, place, file, stem(file), "", null, null);
    }

    void addSnapshots(ProjectFile project, String place, SourceFile source) {
        Template template = source.template();
        for (Macro macro : template.macros()) {
            if (macro.kind().equals("snapshot")) {
                String name = macro.name().substring("snapshot_".length());
                add(
                        ResourceType.SNAPSHOT,
                        "snapshots",
                        project,
                        place,
                        source.file(),
                        name,
                        source.text(),
                        new Template(template.name(), macro.body()),
                        null);
            }
        }
    }

    void addAnalysis(ProjectFile project, String place, SourceFile source) {
        add(ResourceType.ANALYSIS, "analyses", project, place, source, stem(source.file()));
    }

    /// Snapshots that a properties file describes whole, by the relation that they follow.
    void addYamlSnapshots(ProjectFile project) {
        properties
                .getOrDefault(project.name(), new PropertyFiles())
                .all("snapshots")
                .forEach((name, words) -> {
                    Object relation = words.all().get("relation");
                    Path file = words.file();
                    if (relation == null || file == null) {
                        return;
                    }
                    String code = "select * from {{ " + relation + " }}";
                    try {
                        String place = project.paths().snapshots().stream()
                                .filter(each -> file.startsWith(project.folder().resolve(each)))
                                .findFirst()
                                .orElse("");
                        add(
                                ResourceType.SNAPSHOT,
                                "snapshots",
                                project,
                                place,
                                file,
                                name,
                                ProjectLoader.read(file),
                                Template.parse(ProjectLoader.relative(project.folder(), file), code),
                                null);
                    } catch (JinjaException e) {
                        throw e.toTarn();
                    }
                });
    }

    void addSingularTest(ProjectFile project, String place, SourceFile source) {
        add(ResourceType.TEST, "tests", project, place, source, stem(source.file()));
    }

    /// The statements of `on-run-start` and `on-run-end`.
    void addRunHooks(ProjectFile project, String when, List<String> statements) {
        Path file = project.folder().resolve(ProjectFile.FILE);
        for (int i = 0; i < statements.size(); i++) {
            String name = project.name() + "-" + when + "-" + i;
            NodeConfig config = new NodeConfig();
            config.apply(Map.of("tags", List.of(when), "materialized", "operation"));
            Template template;
            try {
                template = Template.parse(ProjectFile.FILE + " (" + when + ")", statements.get(i));
            } catch (JinjaException e) {
                throw e.toTarn();
            }
            drafts.add(new Draft(
                    "operation." + project.name() + "." + name,
                    ResourceType.OPERATION,
                    project,
                    name,
                    file,
                    ProjectFile.FILE,
                    List.of(project.name(), "hooks", name),
                    statements.get(i),
                    template,
                    config,
                    Properties.NONE,
                    null,
                    null));
        }
    }

    private void add(
            ResourceType type, String kind, ProjectFile project, String place, SourceFile source, String name) {
        add(type, kind, project, place, source.file(), name, source.text(), source.template(), null);
    }

    private void add(
            ResourceType type,
            String kind,
            ProjectFile project,
            String place,
            Path file,
            String name,
            String rawCode,
            @Nullable Template template,
            Versions.@Nullable Version version) {
        Path inPlace = project.folder().resolve(place).relativize(file);
        List<String> fqn = new ArrayList<>(List.of(project.name()));
        for (int i = 0; i < inPlace.getNameCount() - 1; i++) {
            fqn.add(inPlace.getName(i).toString());
        }
        fqn.add(name);
        Properties words = version != null
                ? version.properties()
                : properties.getOrDefault(project.name(), new PropertyFiles()).of(kind, name);
        if (version != null) {
            fqn.add("v" + version.version());
        }
        NodeConfig config = configured(kind, project, fqn);
        config.apply(words.config());
        String id = type.word() + "." + project.name() + "." + name + (version == null ? "" : ".v" + version.version());
        drafts.add(new Draft(
                id,
                type,
                project,
                name,
                file,
                ProjectLoader.relative(project.folder(), file),
                fqn,
                rawCode,
                template,
                config,
                words,
                type == ResourceType.TEST ? new TestInfo(null, null, null, Map.of()) : null,
                version == null ? null : version.version()));
    }

    /// The words of `dbt_project.yml` for a node: a package's own first, then the root project's.
    private NodeConfig configured(String kind, ProjectFile project, List<String> fqn) {
        NodeConfig config = new NodeConfig();
        for (ProjectFile from :
                project.name().equals(shared.root().name()) ? List.of(project) : List.of(project, shared.root())) {
            Map<String, @Nullable Object> level = from.configs().getOrDefault(kind, Map.of());
            applyLevel(config, level, fqn.getFirst(), from.name());
            for (int i = 0; i < fqn.size(); i++) {
                Object next = level.get(fqn.get(i));
                if (!(next instanceof Map<?, ?> map)) {
                    break;
                }
                level = Properties.strings(map);
                applyLevel(config, level, i + 1 < fqn.size() ? fqn.get(i + 1) : "", from.name());
            }
        }
        return config;
    }

    private void applyLevel(
            NodeConfig config, Map<String, @Nullable Object> level, String nextName, String packageName) {
        Map<String, @Nullable Object> words = new LinkedHashMap<>();
        level.forEach((key, value) -> {
            if (key.startsWith("+")) {
                words.put(key.substring(1), isHook(key) ? value : rendered(value, packageName));
            } else if (!(value instanceof Map) && !key.equals(nextName)) {
                words.put(key, isHook(key) ? value : rendered(value, packageName));
            }
        });
        config.apply(words);
    }

    /// A hook's templates are evaluated when it runs.
    private static boolean isHook(String key) {
        return key.endsWith("pre-hook") || key.endsWith("post-hook") || key.endsWith("_hook");
    }

    /// A value of a YAML file, with its templates evaluated.
    private @Nullable Object rendered(@Nullable Object value, String packageName) {
        return switch (value) {
            case String text
            when text.contains("{{") || text.contains("{%") -> {
                NodeContext context = new NodeContext(shared, packageName, new NodeConfig(), new NoReferences(), null);
                yield context.interpreter().value(Template.parse(ProjectFile.FILE, text));
            }
            case List<?> list -> {
                List<@Nullable Object> items = new ArrayList<>();
                list.forEach(item -> items.add(rendered(item, packageName)));
                yield items;
            }
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> copy = new LinkedHashMap<>();
                map.forEach((key, item) -> copy.put(String.valueOf(key), rendered(item, packageName)));
                yield copy;
            }
            case null, default -> value;
        };
    }

    private record NoReferences() implements References {
        @Override
        public Relation ref(@Nullable String packageName, String name, @Nullable String version) {
            throw new JinjaException("ref cannot be used here");
        }

        @Override
        public Relation source(String source, String table) {
            throw new JinjaException("source cannot be used here");
        }
    }

    /// Collects what a template refers to, and refuses what does not exist.
    private final class Collecting implements References {
        private final Set<Reference> refs = new LinkedHashSet<>();
        private final Set<String> sourceIds = new LinkedHashSet<>();
        private final Set<String> names;

        Collecting(Set<String> names) {
            this.names = names;
        }

        @Override
        public Relation ref(@Nullable String packageName, String name, @Nullable String version) {
            if (!names.contains(name)) {
                throw new JinjaException("ref('" + name + "'): there is no model, seed or snapshot '" + name + "'"
                        + nearest(name, names));
            }
            refs.add(new Reference(packageName, name, version));
            return Relation.of(shared.target().database(), shared.target().schema(), name);
        }

        @Override
        public Relation source(String source, String table) {
            for (SourceTable each : sources.values()) {
                if (each.source().equals(source) && each.table().equals(table)) {
                    sourceIds.add(each.uniqueId());
                    return each.relation();
                }
            }
            List<String> known = sources.values().stream()
                    .map(each -> each.source() + "." + each.table())
                    .toList();
            throw new JinjaException("source('" + source + "', '" + table + "'): no properties file describes this"
                    + " source table" + nearest(source + "." + table, known));
        }
    }

    private static String nearest(String name, Collection<String> names) {
        return Nearest.of(name, names)
                .map(near -> "; did you mean '" + near + "'?")
                .orElse("");
    }

    /// Parses every node and connects them.
    Manifest manifest() {
        Set<String> referable = new LinkedHashSet<>();
        drafts.stream()
                .filter(draft -> draft.type() != ResourceType.TEST
                        && draft.type() != ResourceType.OPERATION
                        && draft.type() != ResourceType.ANALYSIS)
                .forEach(draft -> referable.add(draft.name()));
        Map<String, Node> nodes = new LinkedHashMap<>();
        Map<String, Set<Reference>> references = new LinkedHashMap<>();
        Map<String, Draft> disabled = new LinkedHashMap<>();
        List<Parsed> all = InOrder.map(drafts, draft -> {
            Collecting collecting = new Collecting(referable);
            return new Parsed(draft, parsed(draft, collecting), collecting.refs);
        });
        for (Parsed each : all) {
            Draft draft = each.draft();
            Node node = each.node();
            if (!draft.config().truth("enabled", true)) {
                disabled.put(draft.name(), draft);
                continue;
            }
            Node other = nodes.put(node.uniqueId(), node);
            if (other != null) {
                throw new TarnException(
                        ErrorCode.CONFIG_INVALID,
                        node.path() + ": " + node.type().word() + " '" + node.name() + "' is also defined in "
                                + other.path() + ": rename one of them");
            }
            references.put(node.uniqueId(), each.references());
        }
        Manifest manifest = new Manifest(
                shared.root(), shared.packages(), shared.target(), shared.variables(), shared.macros(), nodes, sources);
        refuseSameRelation(nodes.values());
        new GenericTests(shared, manifest, templates, (node, names) -> {
            Collecting collecting = new Collecting(referable);
            run(node, collecting);
            names.addAll(collecting.sourceIds);
            return collecting.refs.stream()
                    .map(reference -> manifest.referable(
                                    reference.name(), reference.packageName(), node.packageName(), reference.version())
                            .orElseThrow(() -> missing(node.path(), reference, disabled))
                            .uniqueId())
                    .toList();
        });
        nodes.values()
                .forEach(node -> connect(manifest, node, references.getOrDefault(node.uniqueId(), Set.of()), disabled));
        addOthers(manifest, referable, disabled);
        Cycles.refuse(manifest);
        return manifest;
    }

    private static TarnException missing(String path, Reference reference, Map<String, Draft> disabled) {
        String why = disabled.containsKey(reference.name())
                ? "this model is disabled"
                : reference.version() != null
                        ? "the model has no such version"
                        : "package '" + reference.packageName() + "' has no such model";
        return new TarnException(ErrorCode.CONFIG_INVALID, path + ": " + reference + ": " + why);
    }

    private void connect(Manifest manifest, Node node, Set<Reference> references, Map<String, Draft> disabled) {
        for (Reference reference : references) {
            Node found = manifest.referable(
                            reference.name(), reference.packageName(), node.packageName(), reference.version())
                    .orElseThrow(() -> missing(ConfigKeys.place(node, reference.name()), reference, disabled));
            refusePrivate(node, found);
            node.dependsOn().add(found.uniqueId());
        }
    }

    /// A private model is for its own group alone.
    private static void refusePrivate(Node from, Node to) {
        if (to.config().text("access").orElse("protected").equals("private")
                && !to.config().text("group").equals(from.config().text("group"))) {
            throw new TarnException(
                    ErrorCode.CONFIG_INVALID,
                    ConfigKeys.place(from, to.name()) + ": ref('" + to.name()
                            + "'): this model is private to the group '"
                            + to.config().text("group").orElse("")
                            + "': put both into it, or give it access: protected");
        }
    }

    /// What exposures and unit tests name, connected.
    private void addOthers(Manifest manifest, Set<String> referable, Map<String, Draft> disabled) {
        new OtherNodes(shared, manifest, properties, (packageName, place, code) -> {
                    Collecting collecting = new Collecting(referable);
                    NodeContext context = new NodeContext(shared, packageName, new NodeConfig(), collecting, null);
                    context.interpreter().render(Template.parse(place, code));
                    Set<String> ids = new LinkedHashSet<>(collecting.sourceIds);
                    for (Reference reference : collecting.refs) {
                        ids.add(manifest.referable(
                                        reference.name(), reference.packageName(), packageName, reference.version())
                                .orElseThrow(() -> missing(place, reference, disabled))
                                .uniqueId());
                    }
                    return ids;
                })
                .add();
    }

    private static void refuseSameRelation(Collection<Node> nodes) {
        Map<String, Node> byRelation = new LinkedHashMap<>();
        for (Node node : nodes) {
            if (node.type() == ResourceType.TEST
                    || node.type() == ResourceType.OPERATION
                    || node.type() == ResourceType.ANALYSIS
                    || node.config().materialized().equals("ephemeral")) {
                continue;
            }
            Node other = byRelation.put(node.relation().tableName(), node);
            if (other != null) {
                throw new TarnException(
                        ErrorCode.CONFIG_INVALID,
                        node.path() + ": makes " + node.relation().tableName() + ", which " + other.path()
                                + " makes too: give one of them another name, alias or schema");
            }
        }
    }

    private Node parsed(Draft draft, Collecting collecting) {
        Node node = new Node(
                draft.uniqueId(),
                draft.type(),
                draft.project().name(),
                draft.name(),
                draft.file(),
                draft.path(),
                draft.fqn(),
                draft.rawCode(),
                draft.template(),
                draft.config(),
                Relation.of(shared.target().database(), shared.target().schema(), draft.name()),
                new LinkedHashSet<>(),
                new LinkedHashSet<>(),
                draft.properties(),
                draft.test(),
                draft.version());
        run(node, collecting);
        ConfigKeys.check(node);
        node.sources().addAll(collecting.sourceIds);
        return new Node(
                node.uniqueId(),
                node.type(),
                node.packageName(),
                node.name(),
                node.file(),
                node.path(),
                node.fqn(),
                node.rawCode(),
                node.template(),
                node.config(),
                relation(node),
                node.dependsOn(),
                node.sources(),
                node.properties(),
                node.test(),
                node.version());
    }

    private void run(Node node, References references) {
        Template template = node.template();
        if (template == null) {
            return;
        }
        NodeContext context = new NodeContext(shared, node.packageName(), node.config(), references, null)
                .with("this", node.relation())
                .with("model", NodeWords.of(node))
                .with("schema", node.relation().schema())
                .with("database", node.relation().database());
        if (node.type() == ResourceType.OPERATION) {
            context.with("results", new ArrayList<>())
                    .with("schemas", new ArrayList<>())
                    .with("database_schemas", new ArrayList<>());
        }
        if (node.test() != null) {
            Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
            node.test()
                    .arguments()
                    .forEach((name, value) -> arguments.put(name, context.evaluated(name, value, node.path())));
            context.with("_dbt_generic_test_kwargs", arguments);
        }
        try {
            context.interpreter().render(template);
            for (String hook : List.of("pre_hook", "post_hook")) {
                for (NodeWords.Hook each : NodeWords.hooks(node.config(), hook)) {
                    context.interpreter().render(Template.parse(node.path() + " (" + hook + ")", each.sql()));
                }
            }
        } catch (JinjaException e) {
            throw e.toTarn();
        }
    }

    /// Where a node's table goes, by the project's own naming macros or else Tarn's.
    private Relation relation(Node node) {
        NodeConfig config = node.config();
        NodeContext context = new NodeContext(shared, node.packageName(), config, new NoReferences(), null);
        Map<String, @Nullable Object> words = NodeWords.of(node);
        String schema = named(
                node,
                words,
                context,
                "generate_schema_name",
                config.get(
                        node.type() == ResourceType.SNAPSHOT && config.has("target_schema")
                                ? "target_schema"
                                : "schema"));
        String identifier = named(node, words, context, "generate_alias_name", config.get("alias"));
        return Relation.of(shared.target().database(), schema, identifier);
    }

    private String named(
            Node node,
            Map<String, @Nullable Object> words,
            NodeContext context,
            String macroName,
            @Nullable Object custom) {
        try {
            Object name = context.interpreter()
                    .function(shared.macros().overridable(macroName))
                    .call(Arguments.of(Arrays.asList(custom, words)));
            return Python.str(name).strip();
        } catch (JinjaException e) {
            throw e.at(node.path(), 1).toTarn();
        }
    }

    private static String stem(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.lastIndexOf('.'));
    }

    /// dbt's short hash of a test's arguments.
    static String hash(String text) {
        return Digests.md5(text).substring(0, 10);
    }
}
