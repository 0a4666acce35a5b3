package dev.tarn.transform.select;

import dev.tarn.core.config.Nearest;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.jinja.Python;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Manifest.Exposure;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.NodeConfig;
import dev.tarn.transform.project.Properties;
import dev.tarn.transform.project.ResourceType;
import dev.tarn.transform.project.SourceTable;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What each method of a selection fits.
final class Methods {
    private static final List<String> NAMES = List.of(
            "fqn",
            "tag",
            "path",
            "file",
            "source",
            "config",
            "package",
            "resource_type",
            "test_type",
            "test_name",
            "exposure",
            "group",
            "access",
            "version",
            "state",
            "result",
            "source_status",
            "unit_test",
            "name");

    private final Manifest manifest;
    private final PreviousState previous;

    Methods(Manifest manifest, PreviousState previous) {
        this.manifest = manifest;
        this.previous = previous;
    }

    boolean fits(Term term, String id) {
        Node node = manifest.nodes().get(id);
        SourceTable source = manifest.sources().get(id);
        Exposure exposure = manifest.exposures().get(id);
        String value = term.value();
        return switch (term.method()) {
            case "fqn", "name" -> node != null ? fqn(node, value) : source != null && sourceFqn(source, value);
            case "tag" -> tags(node, source, exposure).stream().anyMatch(tag -> glob(value, tag));
            case "path" -> path(path(node, source, exposure), value);
            case "file" -> file(path(node, source, exposure), value);
            case "source" -> source != null && source(source, value);
            case "config" -> node != null && config(node, term);
            case "package" ->
                packageName(id, value.equals("this") ? manifest.root().name() : value);
            case "resource_type" -> word(node, source).equals(value) || value.equals("all");
            case "test_type" -> node != null && testType(node, value);
            case "test_name" ->
                node != null
                        && node.test() != null
                        && node.test().macro() != null
                        && glob(value, plain(node.test().macro()));
            case "exposure" -> exposure != null && glob(value, exposure.name());
            case "unit_test" -> node != null && node.type() == ResourceType.UNIT_TEST && glob(value, node.name());
            case "group" ->
                node != null && value.equals(node.config().text("group").orElse(""));
            case "access" ->
                node != null
                        && node.type() == ResourceType.MODEL
                        && value.equals(node.config().text("access").orElse("protected"));
            case "version" -> node != null && version(node, value);
            case "state" -> previous.fits(manifest, term, id);
            case "result" -> previous.result(id).filter(value::equals).isPresent();
            case "source_status" ->
                previous.sourceStatus(id).filter(value::equals).isPresent();
            default ->
                throw new TarnException(
                        ErrorCode.USAGE,
                        "the selection method '" + term.method() + ":' is not known"
                                + Nearest.of(term.method(), NAMES)
                                        .map(near -> "; did you mean '" + near + ":'?")
                                        .orElse(": use one of " + String.join(", ", NAMES)));
        };
    }

    private static String plain(@Nullable String macro) {
        String name = String.valueOf(macro);
        return name.substring(name.indexOf('.') + 1);
    }

    /// The name alone, or the folders and the name, with or without the package, or folders that contain it.
    private static boolean fqn(Node node, String value) {
        if (glob(value, node.name()) || glob(value, String.join(".", node.fqn()))) {
            return true;
        }
        if (node.version() != null
                && (value.equals(node.name() + ".v" + node.version())
                        || value.equals(node.name() + "_v" + node.version()))) {
            return true;
        }
        if (node.type() != ResourceType.TEST && value.equals(node.relation().tableName())) {
            return true;
        }
        String[] parts = value.split("\\.", -1);
        return prefix(node.fqn(), parts)
                || prefix(node.fqn().subList(1, node.fqn().size()), parts);
    }

    private static boolean prefix(List<String> fqn, String[] parts) {
        if (parts.length > fqn.size()) {
            return false;
        }
        for (int i = 0; i < parts.length; i++) {
            if (!glob(parts[i], fqn.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean sourceFqn(SourceTable source, String value) {
        return glob(value, source.source() + "." + source.table())
                || glob(value, source.packageName() + "." + source.source() + "." + source.table());
    }

    private static boolean source(SourceTable source, String value) {
        String[] parts = value.split("\\.", -1);
        return switch (parts.length) {
            case 1 -> glob(parts[0], source.source());
            case 2 -> glob(parts[0], source.source()) && glob(parts[1], source.table());
            default ->
                glob(parts[0], source.packageName())
                        && glob(parts[1], source.source())
                        && glob(parts[2], source.table());
        };
    }

    private static Set<String> tags(@Nullable Node node, @Nullable SourceTable source, @Nullable Exposure exposure) {
        if (node != null) {
            return node.config().tags();
        }
        Properties properties =
                source != null ? source.properties() : exposure != null ? exposure.properties() : Properties.NONE;
        NodeConfig config = new NodeConfig();
        config.apply(properties.config());
        return config.tags();
    }

    private String path(@Nullable Node node, @Nullable SourceTable source, @Nullable Exposure exposure) {
        if (node != null) {
            return node.path();
        }
        if (exposure != null) {
            return exposure.path();
        }
        Path file = source == null ? null : source.properties().file();
        return file == null
                ? ""
                : Objects.requireNonNull(manifest.packages().get(source.packageName()))
                        .folder()
                        .relativize(file)
                        .toString()
                        .replace('\\', '/');
    }

    private static boolean path(String path, String value) {
        String folder = value.endsWith("/") ? value.substring(0, value.length() - 1) : value;
        if (path.equals(folder) || path.startsWith(folder + "/")) {
            return true;
        }
        PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + folder);
        for (Path each = Path.of(path); each != null; each = each.getParent()) {
            if (matcher.matches(each)) {
                return true;
            }
        }
        return false;
    }

    private static boolean file(String path, String value) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        int dot = name.lastIndexOf('.');
        return glob(value, name) || glob(value, dot < 0 ? name : name.substring(0, dot));
    }

    /// `config.materialized:incremental`, `config.meta.owner:ada`, `config.severity:warn`.
    private static boolean config(Node node, Term term) {
        Object value = node.config().asMap();
        for (String key : term.key().split("\\.", -1)) {
            value = value instanceof Map<?, ?> map ? map.get(key) : null;
        }
        return NodeConfig.list(value).stream().anyMatch(each -> word(each).equalsIgnoreCase(term.value()))
                || (value instanceof Map<?, ?> map && map.containsKey(term.value()));
    }

    private static String word(@Nullable Object value) {
        return value instanceof Boolean truth ? truth.toString() : Python.str(value);
    }

    private boolean packageName(String id, String value) {
        Node node = manifest.nodes().get(id);
        SourceTable source = manifest.sources().get(id);
        Exposure exposure = manifest.exposures().get(id);
        String name = node != null
                ? node.packageName()
                : source != null ? source.packageName() : exposure != null ? exposure.packageName() : "";
        return glob(value, name);
    }

    private static String word(@Nullable Node node, @Nullable SourceTable source) {
        return node != null ? node.type().word() : source != null ? "source" : "exposure";
    }

    private static boolean testType(Node node, String value) {
        boolean unit = node.type() == ResourceType.UNIT_TEST;
        boolean data = node.type() == ResourceType.TEST;
        boolean generic = data && node.test() != null && node.test().macro() != null;
        return switch (value) {
            case "unit" -> unit;
            case "data" -> data;
            case "generic", "schema" -> generic;
            case "singular" -> data && !generic;
            default ->
                throw new TarnException(
                        ErrorCode.USAGE, "test_type:" + value + " is not known: use unit, data, generic or singular");
        };
    }

    private static boolean version(Node node, String value) {
        if (node.type() != ResourceType.MODEL) {
            return false;
        }
        if (node.version() == null) {
            return value.equals("none");
        }
        int order = value.equals("none") ? 0 : compare(node.version(), String.valueOf(node.latestVersion()));
        return switch (value) {
            case "latest" -> order == 0;
            case "prerelease" -> order > 0;
            case "old" -> order < 0;
            default -> false;
        };
    }

    private static int compare(String a, String b) {
        try {
            return Double.compare(Double.parseDouble(a), Double.parseDouble(b));
        } catch (NumberFormatException e) {
            return a.compareTo(b);
        }
    }

    /// Unix-style wildcards.
    static boolean glob(String pattern, String text) {
        if (pattern.chars().noneMatch(c -> c == '*' || c == '?' || c == '[')) {
            return pattern.equals(text);
        }
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            switch (c) {
                case '*' -> regex.append(".*");
                case '?' -> regex.append('.');
                case '[', ']' -> regex.append(c);
                default -> regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        return text.matches(regex.toString());
    }
}
