package dev.tarn.query.execute;

import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.query.CompiledQuery;
import dev.tarn.query.QuerySession;
import dev.tarn.query.duckdb.HotColumns;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;

/// Compiled queries by text and session. An entry is used only while every table that it reads stands at the same
/// metadata file, so a hit is as exact as compiling anew.
final class PlanCache {
    private final int entriesMax;
    private final Map<Key, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

    /// @param entriesMax 0 to keep nothing
    PlanCache(int entriesMax) {
        this.entriesMax = entriesMax;
    }

    private record Key(String sql, QuerySession session, boolean hot) {}

    /// @param use the copies of columns that it reads
    /// @param timeMax how long it may run
    record Plan(CompiledQuery query, HotColumns.Use use, Duration timeMax) {}

    /// @param metadata each relation's metadata file
    private record Entry(Plan plan, Map<TableIdentifier, String> metadata) {}

    /// The compiled query, if nothing that it depends on has changed.
    ///
    /// @param hot whether the query may read copies of columns
    Optional<Plan> find(QuerySession session, String sql, boolean hot, LakeCatalog catalog) {
        Entry entry;
        synchronized (entries) {
            entry = entries.get(new Key(sql, session, hot));
        }
        if (entry == null || entry.plan().use().isOld()) {
            return Optional.empty();
        }
        for (Map.Entry<TableIdentifier, String> relation : entry.metadata().entrySet()) {
            if (!relation.getValue()
                    .equals(catalog.metadataLocation(relation.getKey()).orElse(""))) {
                return Optional.empty();
            }
        }
        return Optional.of(entry.plan());
    }

    /// Keeps a query that depends on nothing but its text and the tables given.
    void keep(QuerySession session, String sql, boolean hot, Plan plan, Map<TableIdentifier, Table> tables) {
        if (entriesMax == 0) {
            return;
        }
        Map<TableIdentifier, String> metadata = new LinkedHashMap<>();
        tables.forEach((name, table) -> metadata.put(name, location(table)));
        synchronized (entries) {
            entries.put(new Key(sql, session, hot), new Entry(plan, metadata));
            if (entries.size() > entriesMax) {
                entries.remove(entries.keySet().iterator().next());
            }
        }
    }

    private static String location(Table table) {
        return table instanceof BaseTable base ? base.operations().current().metadataFileLocation() : "";
    }
}
