package dev.tarn.feature.online;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tarn.core.config.Nearest;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.feature.FeatureCatalog;
import dev.tarn.feature.Relations;
import dev.tarn.feature.definition.FeatureView;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Events that are pushed: in the features at once, durable when the push returns, and written to the bronze
/// table `bronze.pushed_VIEW` afterwards, each exactly once, so that training sees them too.
public final class Pushes {
    /// The most rows of one push.
    public static final int ROWS_MAX = 10_000;

    private static final int FLUSH_ROWS = 1_000;
    /// Stands among a row's columns; no column can be called so.
    private static final String VIEW = " view";

    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private final FeatureCatalog catalog;
    private final Relations relations;
    private final OnlineStore store;
    private final OnlineServing serving;
    private final Map<String, String> filling = new ConcurrentHashMap<>();
    private final Map<String, List<Relations.Column>> sources = new ConcurrentHashMap<>();
    /// Pushes read, whoever changes where they go writes.
    private final ReentrantReadWriteLock targets = new ReentrantReadWriteLock();
    private final Object flushing = new Object();

    public Pushes(FeatureCatalog catalog, Relations relations, OnlineStore store, OnlineServing serving) {
        this.catalog = catalog;
        this.relations = relations;
        this.store = store;
        this.serving = serving;
    }

    /// Takes events of a view: rows of its source's columns.
    ///
    /// @throws TarnException `NOT_SUPPORTED` for a view that takes none, `BAD_REQUEST` for rows that do not fit,
    ///     `LIMIT_EXCEEDED` for more than [#ROWS_MAX]
    public void push(FeatureView view, List<Map<String, @Nullable Object>> rows) {
        if (!view.push()) {
            throw new TarnException(
                    ErrorCode.NOT_SUPPORTED,
                    "the view '" + view.name() + "' takes no pushed events: write 'push: true' in its definition");
        }
        if (rows.size() > ROWS_MAX) {
            throw new TarnException(
                    ErrorCode.LIMIT_EXCEEDED,
                    rows.size() + " rows are more than one push takes (" + ROWS_MAX + "): split it");
        }
        if (rows.isEmpty()) {
            return;
        }
        ServedView served = serving.served(view);
        List<Relations.Column> columns = sourceOf(view);
        String values = PushedRows.values(columns, rows);
        List<OnlineStore.Row> events = new ArrayList<>();
        Relations.Relation relation =
                relations.compile(served.view().projection().sqlOver("(" + values + ")"), Map.of());
        new EventReader(served).read(relations, relation, Long.MIN_VALUE, 0, ROWS_MAX, events::addAll);
        List<String> kept = rows.stream().map(row -> json(view, row)).toList();
        targets.readLock().lock();
        try {
            String space = store.serving(view.name())
                    .filter(served::fits)
                    .orElseThrow(() -> new TarnException(
                            ErrorCode.UNAVAILABLE,
                            "the view '" + view.name()
                                    + "' is not in the online store yet: run tarn features materialize"));
            List<OnlineStore.Rows> to = new ArrayList<>(List.of(new OnlineStore.Rows(space, events)));
            Optional.ofNullable(filling.get(view.name()))
                    .ifPresent(beside -> to.add(new OnlineStore.Rows(beside, events)));
            store.append(new OnlineStore.Batch(to, Optional.empty(), kept));
        } finally {
            targets.readLock().unlock();
        }
    }

    /// Writes what was pushed to its tables.
    ///
    /// @return how many rows
    public long flush() {
        synchronized (flushing) {
            long all = 0;
            for (List<OnlineStore.Pushed> some = store.pushed(FLUSH_ROWS);
                    !some.isEmpty();
                    some = store.pushed(FLUSH_ROWS)) {
                write(some);
                all += some.size();
            }
            return all;
        }
    }

    /// From now on pushed events go to this space too, and `read` chooses a snapshot of their table that holds
    /// exactly those that were pushed before.
    <T> T fillBeside(FeatureView view, String space, Supplier<T> read) {
        if (!view.push()) {
            return read.get();
        }
        synchronized (flushing) {
            createTable(view);
            targets.writeLock().lock();
            try {
                flush();
                filling.put(view.name(), space);
            } finally {
                targets.writeLock().unlock();
            }
            return read.get();
        }
    }

    void serve(FeatureView view, String space) {
        targets.writeLock().lock();
        try {
            store.serve(view.name(), space);
            filling.remove(view.name());
        } finally {
            targets.writeLock().unlock();
        }
    }

    void stopFilling(FeatureView view) {
        filling.remove(view.name());
    }

    private void write(List<OnlineStore.Pushed> pushed) {
        Map<String, Map<Long, Map<String, @Nullable Object>>> byView = new LinkedHashMap<>();
        for (OnlineStore.Pushed row : pushed) {
            Map<String, @Nullable Object> read = read(row.row());
            String view = String.valueOf(read.remove(VIEW));
            byView.computeIfAbsent(view, _ -> new LinkedHashMap<>()).put(row.number(), read);
        }
        byView.forEach((name, rows) -> {
            FeatureView view = catalog.definitions().views().get(name);
            if (view == null) {
                throw new TarnException(
                        ErrorCode.CONFIG_INVALID,
                        rows.size() + " rows were pushed to the view '" + name
                                + "', which is no longer defined: define it again until they are written");
            }
            createTable(view);
            String table = serving.served(view).view().pushTable();
            long last = last(table);
            rows.keySet().removeIf(number -> number <= last);
            if (!rows.isEmpty()) {
                relations.execute("INSERT INTO " + table + " " + PushedRows.values(sourceOf(view), rows));
            }
        });
        store.written(pushed.getLast().number());
    }

    private long last(String table) {
        Relations.Relation relation =
                relations.compile("SELECT max(" + PushedRows.NUMBER + ") FROM " + table, Map.of());
        try (Connection connection = relations.connect();
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(relation.sql())) {
            found.next();
            return found.getLong(1);
        } catch (SQLException e) {
            throw new TarnException(ErrorCode.INTERNAL_ERROR, table + " cannot be read: " + e.getMessage(), e);
        }
    }

    private void createTable(FeatureView view) {
        String table = serving.served(view).view().pushTable();
        if (!relations.exists(table)) {
            relations.execute("CREATE SCHEMA IF NOT EXISTS bronze");
            relations.execute("CREATE TABLE IF NOT EXISTS " + table + " AS SELECT *, CAST(NULL AS bigint) AS "
                    + PushedRows.NUMBER + " FROM " + view.source().from() + " AS source WITH NO DATA");
        }
    }

    private List<Relations.Column> sourceOf(FeatureView view) {
        return sources.computeIfAbsent(
                view.name(), _ -> serving.served(view).view().source(relations));
    }

    private String json(FeatureView view, Map<String, @Nullable Object> row) {
        List<String> known = sourceOf(view).stream().map(Relations.Column::name).toList();
        for (String column : row.keySet()) {
            if (!known.contains(column)) {
                throw new TarnException(
                        ErrorCode.BAD_REQUEST,
                        "the source of view '" + view.name() + "' has no column '" + column + "'"
                                + Nearest.of(column, known)
                                        .map(nearest -> "; did you mean '" + nearest + "'?")
                                        .orElse("; it has " + String.join(", ", known)));
            }
        }
        Map<String, @Nullable Object> whole = new LinkedHashMap<>(row);
        whole.put(VIEW, view.name());
        try {
            return JSON.writeValueAsString(whole);
        } catch (JsonProcessingException e) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "a pushed row is no JSON: " + e.getMessage(), e);
        }
    }

    private static Map<String, @Nullable Object> read(String row) {
        try {
            return JSON.readValue(row, new TypeReference<LinkedHashMap<String, @Nullable Object>>() {});
        } catch (JsonProcessingException e) {
            throw new TarnException(ErrorCode.DATA_CORRUPT, "a pushed row in the store is no JSON", e);
        }
    }
}
