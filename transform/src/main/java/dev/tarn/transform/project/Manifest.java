package dev.tarn.transform.project;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A whole project, read: its nodes by unique id, its sources, exposures, groups, docs blocks, macros and variables.
public final class Manifest {
    private final ProjectFile root;
    private final Map<String, ProjectFile> packages;
    private final Target target;
    private final Variables variables;
    private final Macros macros;
    private final Map<String, Node> nodes;
    private final Map<String, SourceTable> sources;
    private final Map<String, Exposure> exposures = new LinkedHashMap<>();
    private final Map<String, Group> groups = new LinkedHashMap<>();
    private final Map<String, DocBlock> docs = new LinkedHashMap<>();
    private final Map<String, List<Node>> referable = new LinkedHashMap<>();

    /// What is made of a project's tables elsewhere: a dashboard, a notebook.
    ///
    /// @param dependsOn unique ids of what it reads
    public record Exposure(
            String uniqueId,
            String packageName,
            String name,
            String path,
            Set<String> dependsOn,
            Properties properties) {}

    /// Who owns some of the models.
    public record Group(String uniqueId, String packageName, String name, String path, Properties properties) {}

    /// A text that descriptions refer to.
    ///
    /// @param file where it is written
    public record DocBlock(String uniqueId, String packageName, String name, Path file, String path, String text) {}

    /// @param root the project's own file
    /// @param target what templates see as `target`
    /// @param nodes enabled nodes
    public Manifest(
            ProjectFile root,
            Map<String, ProjectFile> packages,
            Target target,
            Variables variables,
            Macros macros,
            Map<String, Node> nodes,
            Map<String, SourceTable> sources) {
        this.root = root;
        this.packages = packages;
        this.target = target;
        this.variables = variables;
        this.macros = macros;
        this.nodes = nodes;
        this.sources = sources;
        nodes.values().stream()
                .filter(Manifest::isReferable)
                .forEach(node -> referable
                        .computeIfAbsent(node.name(), name -> new ArrayList<>())
                        .add(node));
    }

    public ProjectFile root() {
        return root;
    }

    public Map<String, ProjectFile> packages() {
        return packages;
    }

    public Target target() {
        return target;
    }

    public Variables variables() {
        return variables;
    }

    public Macros macros() {
        return macros;
    }

    /// Enabled nodes by unique id.
    public Map<String, Node> nodes() {
        return nodes;
    }

    public Map<String, SourceTable> sources() {
        return sources;
    }

    public Map<String, Exposure> exposures() {
        return exposures;
    }

    public Map<String, Group> groups() {
        return groups;
    }

    public Map<String, DocBlock> docs() {
        return docs;
    }

    /// The node of a unique id.
    public Node node(String uniqueId) {
        Node node = nodes.get(uniqueId);
        if (node == null) {
            throw new IllegalArgumentException(uniqueId);
        }
        return node;
    }

    /// The model, seed or snapshot that `ref` means: of the package named, otherwise of the node's own, of the
    /// root project, of any; of a model with versions the one named, otherwise its latest.
    public Optional<Node> referable(
            String name, @Nullable String packageName, String fromPackage, @Nullable String version) {
        List<Node> found = referable.getOrDefault(name, List.of()).stream()
                .filter(node -> version == null ? node.isLatestVersion() : version.equals(node.version()))
                .toList();
        if (packageName != null) {
            return found.stream()
                    .filter(node -> node.packageName().equals(packageName))
                    .findFirst();
        }
        for (String candidate : List.of(fromPackage, root.name())) {
            Optional<Node> inPackage = found.stream()
                    .filter(node -> node.packageName().equals(candidate))
                    .findFirst();
            if (inPackage.isPresent()) {
                return inPackage;
            }
        }
        return found.stream().findFirst();
    }

    /// The names that `ref` may use.
    public Collection<String> referableNames() {
        return referable.keySet();
    }

    /// The table that `source` means.
    public Optional<SourceTable> source(String source, String table) {
        return sources.values().stream()
                .filter(each -> each.source().equals(source) && each.table().equals(table))
                .findFirst();
    }

    /// The node or source of a unique id, as the relation it stands for.
    public Relation relation(String uniqueId) {
        SourceTable source = sources.get(uniqueId);
        return source != null ? source.relation() : node(uniqueId).relation();
    }

    /// What a node, exposure or source stands on, by unique id.
    public Set<String> parents(String uniqueId) {
        Exposure exposure = exposures.get(uniqueId);
        if (exposure != null) {
            return exposure.dependsOn();
        }
        Node node = nodes.get(uniqueId);
        if (node == null) {
            return Set.of();
        }
        Set<String> parents = new java.util.LinkedHashSet<>(node.dependsOn());
        parents.addAll(node.sources());
        return parents;
    }

    private static boolean isReferable(Node node) {
        return switch (node.type()) {
            case MODEL, SEED, SNAPSHOT -> true;
            case TEST, UNIT_TEST, SOURCE, EXPOSURE, ANALYSIS, OPERATION -> false;
        };
    }
}
