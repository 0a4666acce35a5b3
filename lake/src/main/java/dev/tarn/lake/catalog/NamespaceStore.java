package dev.tarn.lake.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// The namespaces of each branch and their properties, overlaid on main's as pointers are.
final class NamespaceStore {
    static final String SCHEMA = """
            CREATE TABLE catalog_namespace (
              branch TEXT NOT NULL, namespace TEXT NOT NULL,
              properties TEXT, base_properties TEXT, changes BIGINT NOT NULL,
              PRIMARY KEY (branch, namespace));
            """;

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    /// A row of a branch; null properties on a branch mean that the namespace was dropped there.
    record Row(
            String branch,
            Namespace namespace,
            @Nullable String properties,
            @Nullable String base) {}

    private NamespaceStore() {}

    /// The properties of a namespace as JSON with sorted keys, or nothing when it does not exist.
    static Optional<String> find(Handle handle, String branch, Namespace namespace) {
        Row own = row(handle, branch, namespace);
        Row seen = own != null || branch.equals(PointerStore.MAIN) ? own : row(handle, PointerStore.MAIN, namespace);
        return Optional.ofNullable(seen == null ? null : seen.properties());
    }

    /// The namespaces one level below a parent, in order.
    static List<Namespace> children(Handle handle, String branch, Namespace parent) {
        Map<String, Row> seen = new TreeMap<>();
        String prefix = Names.childPrefix(parent);
        List<Row> rows = handle.createQuery("SELECT * FROM catalog_namespace WHERE branch IN (:branch, 'main')")
                .bind("branch", branch)
                .map((rs, context) -> new Row(
                        rs.getString("branch"),
                        Names.decode(rs.getString("namespace")),
                        rs.getString("properties"),
                        rs.getString("base_properties")))
                .list();
        for (Row row : rows) {
            String name = Names.encode(row.namespace());
            boolean child = name.startsWith(prefix) && row.namespace().length() == parent.length() + 1;
            if (child && (row.branch().equals(branch) || !seen.containsKey(name))) {
                seen.put(name, row);
            }
        }
        return seen.values().stream()
                .filter(row -> row.properties() != null)
                .map(Row::namespace)
                .toList();
    }

    static List<Row> rows(Handle handle, String branch) {
        return handle.createQuery("SELECT * FROM catalog_namespace WHERE branch = :branch ORDER BY namespace")
                .bind("branch", branch)
                .map((rs, context) -> new Row(
                        rs.getString("branch"),
                        Names.decode(rs.getString("namespace")),
                        rs.getString("properties"),
                        rs.getString("base_properties")))
                .list();
    }

    static @Nullable Row row(Handle handle, String branch, Namespace namespace) {
        return handle.createQuery("SELECT * FROM catalog_namespace WHERE branch = :branch AND namespace = :namespace")
                .bind("branch", branch)
                .bind("namespace", Names.encode(namespace))
                .map((rs, context) ->
                        new Row(branch, namespace, rs.getString("properties"), rs.getString("base_properties")))
                .findOne()
                .orElse(null);
    }

    /// Makes sure that a namespace exists and is not dropped before the transaction ends.
    static void requireForWrite(Handle handle, String branch, Namespace namespace) {
        if (namespace.isEmpty()) {
            throw new NoSuchNamespaceException("A table or view needs a namespace");
        }
        touch(handle, branch, namespace);
        if (find(handle, branch, namespace).isEmpty()) {
            throw new NoSuchNamespaceException("Namespace does not exist: %s", namespace);
        }
    }

    /// Locks the row that says whether a namespace exists, where there is one.
    static void touch(Handle handle, String branch, Namespace namespace) {
        handle.createUpdate("""
                        UPDATE catalog_namespace SET changes = changes + 1
                        WHERE branch IN (:branch, 'main') AND namespace = :namespace""")
                .bind("branch", branch)
                .bind("namespace", Names.encode(namespace))
                .execute();
    }

    /// Moves a namespace from one state to another, if it is still in the first; null stands for absence.
    static boolean swap(
            Handle handle, String branch, Namespace namespace, @Nullable String expected, @Nullable String next) {
        if (!branch.equals(PointerStore.MAIN)) {
            PointerStore.lock(handle, branch);
            Row own = row(handle, branch, namespace);
            if (own == null) {
                String base = find(handle, PointerStore.MAIN, namespace).orElse(null);
                return Objects.equals(base, expected) && insert(handle, branch, namespace, next, base);
            }
            if (next != null || own.base() != null) {
                return Objects.equals(own.properties(), expected)
                        && handle.createUpdate("""
                                        UPDATE catalog_namespace SET properties = :next, changes = changes + 1
                                        WHERE branch = :branch AND namespace = :namespace""")
                                        .bind("next", next)
                                        .bind("branch", branch)
                                        .bind("namespace", Names.encode(namespace))
                                        .execute()
                                == 1;
            }
        }
        if (expected == null) {
            return next == null || insert(handle, branch, namespace, next, null);
        }
        String sql = next == null
                ? "DELETE FROM catalog_namespace"
                        + " WHERE branch = :branch AND namespace = :namespace AND properties = :expected"
                : "UPDATE catalog_namespace SET properties = :next, changes = changes + 1"
                        + " WHERE branch = :branch AND namespace = :namespace AND properties = :expected";
        var update = handle.createUpdate(sql)
                .bind("branch", branch)
                .bind("namespace", Names.encode(namespace))
                .bind("expected", expected);
        return (next == null ? update : update.bind("next", next)).execute() == 1;
    }

    private static boolean insert(
            Handle handle, String branch, Namespace namespace, @Nullable String properties, @Nullable String base) {
        return handle.createUpdate("""
                        INSERT INTO catalog_namespace (branch, namespace, properties, base_properties, changes)
                        VALUES (:branch, :namespace, :properties, :base, 0)
                        ON CONFLICT (branch, namespace) DO NOTHING""")
                        .bind("branch", branch)
                        .bind("namespace", Names.encode(namespace))
                        .bind("properties", properties)
                        .bind("base", base)
                        .execute()
                == 1;
    }

    static String json(Map<String, String> properties) {
        try {
            return JSON.writeValueAsString(new TreeMap<>(properties));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("Invalid properties: " + e.getMessage(), e);
        }
    }

    /// The properties, in a map that may be asked for null, as Iceberg does.
    static Map<String, String> map(String json) {
        try {
            return JSON.readValue(json, new TypeReference<LinkedHashMap<String, String>>() {});
        } catch (JsonProcessingException e) {
            throw new TarnException(ErrorCode.DATA_CORRUPT, "a namespace's properties are not JSON: " + json, e);
        }
    }
}
