package dev.tarn.transform.artifact;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.context.ColumnInfo;
import dev.tarn.transform.context.Invocation;
import dev.tarn.transform.context.Warehouse;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.Relation;
import dev.tarn.transform.run.CompiledNode;
import dev.tarn.transform.run.NodeResult;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Writes dbt's artifacts into a folder, each whole or not at all.
public final class Artifacts {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final Manifest manifest;
    private final Invocation invocation;

    /// @param folder dbt's `target`
    public Artifacts(Path folder, Manifest manifest, Invocation invocation) {
        this.folder = folder;
        this.manifest = manifest;
        this.invocation = invocation;
    }

    /// `manifest.json`, and the compiled SQL in `compiled/`.
    ///
    /// @param compiled SQL by unique id
    public void manifest(Map<String, String> compiled) {
        compiled.forEach((id, sql) -> {
            Node node = manifest.nodes().get(id);
            if (node != null && !sql.isEmpty()) {
                write(CompiledNode.file(node), sql.stripTrailing() + "\n");
            }
        });
        write("manifest.json", new ManifestJson(manifest, invocation, compiled).words());
    }

    /// `run_results.json`.
    public void results(List<NodeResult> results, Duration took) {
        List<Object> entries = new ArrayList<>();
        for (NodeResult result : results) {
            Map<String, @Nullable Object> entry = new LinkedHashMap<>();
            entry.put("status", result.status());
            Map<String, Object> timing = new LinkedHashMap<>();
            timing.put("name", "execute");
            timing.put("started_at", result.started().toString());
            timing.put("completed_at", result.started().plus(result.took()).toString());
            entry.put("timing", List.of(timing));
            entry.put("thread_id", "main");
            entry.put("execution_time", result.took().toNanos() / 1e9);
            entry.put("adapter_response", result.response());
            entry.put("message", result.message());
            entry.put(
                    "failures",
                    result.failures().isPresent() ? result.failures().getAsLong() : null);
            entry.put("unique_id", result.node().uniqueId());
            entry.put("compiled", !result.compiled().isEmpty());
            entry.put("compiled_code", result.compiled().isEmpty() ? null : result.compiled());
            String relation = Checksums.relationName(result.node());
            entry.put("relation_name", relation.isEmpty() ? null : relation);
            entry.put("batch_results", null);
            entries.add(entry);
        }
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("metadata", Metadata.of("run-results", 6, invocation));
        all.put("results", entries);
        all.put("elapsed_time", took.toNanos() / 1e9);
        all.put("args", Map.of("which", invocation.command(), "full_refresh", invocation.fullRefresh()));
        write("run_results.json", all);
    }

    /// `sources.json`.
    public void sources(List<Freshness.Result> results, Duration took) {
        List<Object> entries = new ArrayList<>();
        for (Freshness.Result result : results) {
            Map<String, @Nullable Object> entry = new LinkedHashMap<>();
            entry.put("unique_id", result.source().uniqueId());
            entry.put("max_loaded_at", result.newest().toString());
            entry.put("snapshotted_at", result.checked().toString());
            entry.put("max_loaded_at_time_ago_in_s", result.age().toMillis() / 1e3);
            entry.put("status", result.status());
            entry.put("criteria", Freshness.criteria(result.source()).words());
            entry.put("adapter_response", Map.of());
            entry.put("timing", List.of());
            entry.put("thread_id", "main");
            entry.put("execution_time", result.took().toNanos() / 1e9);
            entries.add(entry);
        }
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("metadata", Metadata.of("sources", 3, invocation));
        all.put("results", entries);
        all.put("elapsed_time", took.toNanos() / 1e9);
        write("sources.json", all);
    }

    /// `catalog.json`: the tables and views that are there, with their columns.
    ///
    /// @return how many were found
    public int catalog(Warehouse warehouse) {
        Map<String, Object> nodes = new LinkedHashMap<>();
        manifest.nodes().forEach((id, node) -> {
            if (!Checksums.relationName(node).isEmpty()) {
                entry(warehouse, id, node.relation()).ifPresent(entry -> nodes.put(id, entry));
            }
        });
        Map<String, Object> sources = new LinkedHashMap<>();
        manifest.sources()
                .forEach((id, source) ->
                        entry(warehouse, id, source.relation()).ifPresent(entry -> sources.put(id, entry)));
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("metadata", Metadata.of("catalog", 1, invocation));
        all.put("nodes", nodes);
        all.put("sources", sources);
        all.put("errors", null);
        write("catalog.json", all);
        return nodes.size() + sources.size();
    }

    private static Optional<Map<String, Object>> entry(Warehouse warehouse, String id, Relation relation) {
        Optional<Relation> found = warehouse.find(relation);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        metadata.put("type", "view".equals(found.get().type()) ? "VIEW" : "BASE TABLE");
        metadata.put("schema", relation.schema());
        metadata.put("name", relation.identifier());
        metadata.put("database", relation.database());
        metadata.put("comment", null);
        metadata.put("owner", null);
        Map<String, Object> columns = new LinkedHashMap<>();
        for (ColumnInfo column : warehouse.columns(relation)) {
            Map<String, @Nullable Object> words = new LinkedHashMap<>();
            words.put("type", column.type());
            words.put("index", columns.size() + 1);
            words.put("name", column.name());
            words.put("comment", null);
            columns.put(column.name(), words);
        }
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("metadata", metadata);
        entry.put("columns", columns);
        entry.put("stats", Map.of("has_stats", stat()));
        entry.put("unique_id", id);
        return Optional.of(entry);
    }

    private static Map<String, Object> stat() {
        Map<String, Object> stat = new LinkedHashMap<>();
        stat.put("id", "has_stats");
        stat.put("label", "Has Stats?");
        stat.put("value", false);
        stat.put("include", false);
        stat.put("description", "Indicates whether there are statistics for this table");
        return stat;
    }

    /// `index.html`: the project as one page that needs no server.
    ///
    /// @param lineage for each column `schema.table.column` the columns behind it with their use
    /// @param contracts for each table with a contract its rules and what was found last
    public Path page(
            Map<String, ? extends List<? extends List<String>>> lineage, Map<String, ? extends Object> contracts) {
        try (InputStream in = Artifacts.class.getResourceAsStream("docs.html")) {
            String page = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
            page = page.replace("/*MANIFEST*/null", inScript(read("manifest.json")))
                    .replace("/*CATALOG*/null", inScript(read("catalog.json")))
                    .replace("/*RESULTS*/null", inScript(read("run_results.json")))
                    .replace("/*LINEAGE*/null", inScript(JSON.writeValueAsString(lineage)))
                    .replace("/*CONTRACTS*/null", inScript(JSON.writeValueAsString(contracts)));
            write("index.html", page);
            return folder.resolve("index.html");
        } catch (IOException e) {
            throw failed("index.html", e);
        }
    }

    private String read(String file) throws IOException {
        Path path = folder.resolve(file);
        return Files.exists(path) ? Files.readString(path) : "null";
    }

    /// JSON that ends no script element, whatever its texts hold.
    private static String inScript(String json) {
        return json.replace("<", "\\u003c");
    }

    private void write(String file, Map<String, @Nullable Object> words) {
        try {
            write(file, JSON.writeValueAsString(words));
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    private void write(String file, String text) {
        Path path = folder.resolve(file);
        Path temporary = path.resolveSibling(path.getFileName() + ".tmp");
        try {
            Files.createDirectories(path.getParent());
            Files.writeString(temporary, text);
            Files.move(temporary, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    private TarnException failed(String file, IOException e) {
        return new TarnException(
                ErrorCode.STORAGE_FAILED, folder.resolve(file) + ": cannot be written: " + e.getMessage(), e);
    }
}
