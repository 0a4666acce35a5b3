package dev.tarn.model.tracking;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;

/// The tables of keys and values that belong to something by its number: parameters and tags.
public enum KeyValues {
    EXPERIMENT_TAGS("ml_experiment_tag", "experiment_id"),
    RUN_PARAMS("ml_param", "run_no"),
    RUN_TAGS("ml_run_tag", "run_no"),
    LOGGED_MODEL_PARAMS("ml_logged_model_param", "model_no"),
    LOGGED_MODEL_TAGS("ml_logged_model_tag", "model_no"),
    MODEL_TAGS("ml_model_tag", "model_no"),
    VERSION_TAGS("ml_version_tag", "version_no");

    private final String table;
    private final String owner;

    KeyValues(String table, String owner) {
        this.table = table;
        this.owner = owner;
    }

    public String table() {
        return table;
    }

    /// The column that holds the owner's number.
    public String owner() {
        return owner;
    }

    /// Sets values, replacing those there are.
    public void put(Handle handle, long no, Map<String, String> values) {
        if (values.isEmpty()) {
            return;
        }
        PreparedBatch batch = handle.prepareBatch("INSERT INTO " + table + " (" + owner
                + ", key, value) VALUES (:no, :key, :value) ON CONFLICT (" + owner
                + ", key) DO UPDATE SET value = excluded.value");
        values.forEach((key, value) ->
                batch.bind("no", no).bind("key", key).bind("value", value).add());
        batch.execute();
    }

    /// Removes a key; says whether it was there.
    public boolean remove(Handle handle, long no, String key) {
        return handle.createUpdate("DELETE FROM " + table + " WHERE " + owner + " = :no AND key = :key")
                        .bind("no", no)
                        .bind("key", key)
                        .execute()
                > 0;
    }

    public void removeAll(Handle handle, long no) {
        handle.createUpdate("DELETE FROM " + table + " WHERE " + owner + " = :no")
                .bind("no", no)
                .execute();
    }

    public Map<String, String> of(Handle handle, long no) {
        Map<String, String> values = new LinkedHashMap<>();
        handle.createQuery("SELECT key, value FROM " + table + " WHERE " + owner + " = :no ORDER BY key")
                .bind("no", no)
                .map((row, context) -> values.put(row.getString(1), row.getString(2)))
                .list();
        return values;
    }

    /// The values of several owners, by number; an owner without any is absent.
    public Map<Long, Map<String, String>> of(Handle handle, Collection<Long> numbers) {
        Map<Long, Map<String, String>> all = new HashMap<>();
        for (List<Long> part : Chunks.of(numbers)) {
            Query query = handle.createQuery("SELECT " + owner + ", key, value FROM " + table + " WHERE " + owner
                            + " IN (<numbers>) ORDER BY key")
                    .bindList("numbers", part);
            query.map((row, context) -> all.computeIfAbsent(row.getLong(1), no -> new LinkedHashMap<>())
                            .put(row.getString(2), row.getString(3)))
                    .list();
        }
        return all;
    }
}
