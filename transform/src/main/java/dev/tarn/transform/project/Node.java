package dev.tarn.transform.project;

import dev.tarn.transform.jinja.Template;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One thing of a project that runs or is selected: a model, seed, snapshot or test.
///
/// @param uniqueId dbt's id, such as `model.fraud.payments`
/// @param packageName the package it belongs to
/// @param file where it is written
/// @param path the file relative to the package's folder, with `/`
/// @param fqn package, folders and name, which configuration and selection go by
/// @param template its parsed code; null for a seed
/// @param config what it is configured to be
/// @param relation the table or view that it makes; for a test that of its failures
/// @param dependsOn unique ids of what it refers to, in order
/// @param sources tables of sources that it refers to, `schema.table`
/// @param test what a test checks; null for other nodes
/// @param version of a model that has versions; null for others
public record Node(
        String uniqueId,
        ResourceType type,
        String packageName,
        String name,
        Path file,
        String path,
        List<String> fqn,
        String rawCode,
        @Nullable Template template,
        NodeConfig config,
        Relation relation,
        Set<String> dependsOn,
        Set<String> sources,
        Properties properties,
        @Nullable TestInfo test,
        @Nullable String version) {
    public Node {
        fqn = List.copyOf(fqn);
    }

    /// What a test checks.
    ///
    /// @param of the tested node's or source's unique id; null for a singular test
    /// @param macro the generic test's name; null for a singular test
    /// @param column the tested column, if any
    /// @param arguments the generic test's arguments, with `model` and `column_name`
    public record TestInfo(
            @Nullable String of,
            @Nullable String macro,
            @Nullable String column,
            java.util.Map<String, @Nullable Object> arguments) {}

    /// Whether `ref` without a version means this one.
    public boolean isLatestVersion() {
        return version == null || version.equals(latestVersion());
    }

    /// The latest version of a model that has versions.
    public @Nullable String latestVersion() {
        Object latest = properties.all().get("latest_version");
        return latest == null ? null : String.valueOf(latest);
    }

    /// For messages: the file as people know it.
    public String place() {
        return path;
    }

    /// The folders between the package and the file's name.
    public List<String> folders() {
        return new ArrayList<>(fqn.subList(1, Math.max(1, fqn.size() - 1)));
    }
}
