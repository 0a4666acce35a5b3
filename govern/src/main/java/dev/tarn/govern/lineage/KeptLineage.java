package dev.tarn.govern.lineage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tarn.lake.state.Database;
import dev.tarn.query.lineage.ColumnLineage;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.statement.PreparedBatch;

/// Lineage that has been worked out before, by what it was worked out from. Forgetting it costs time only.
public final class KeptLineage {
    private static final String SCHEMA = """
            CREATE TABLE column_lineage (
              table_name TEXT NOT NULL PRIMARY KEY, made_from TEXT NOT NULL, body TEXT NOT NULL);
            """;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Database database;

    private KeptLineage(Database database) {
        this.database = database;
    }

    /// Opens what a state database keeps, making its table when there is none.
    public static KeptLineage open(Database database) {
        database.migrate("lineage", SCHEMA);
        return new KeptLineage(database);
    }

    /// The lineage of one table.
    ///
    /// @param madeFrom a digest of all that decides it: the table's SQL and the columns of what it reads
    public record Entry(String madeFrom, ColumnLineage lineage) {}

    private record Row(String table, String madeFrom, String body) {}

    /// Everything that is kept, by table.
    public Map<String, Entry> all() {
        return database.read(handle -> {
            Map<String, Entry> all = new HashMap<>();
            handle.createQuery("SELECT table_name, made_from, body FROM column_lineage")
                    .map((rs, context) ->
                            new Row(rs.getString("table_name"), rs.getString("made_from"), rs.getString("body")))
                    .forEach(row -> parsed(row.body())
                            .ifPresent(lineage -> all.put(row.table(), new Entry(row.madeFrom(), lineage))));
            return all;
        });
    }

    /// Keeps the lineage of some tables in place of what is kept of them.
    public void keep(Map<String, Entry> entries) {
        if (entries.isEmpty()) {
            return;
        }
        database.writing(handle -> {
            PreparedBatch batch = handle.prepareBatch("""
                    INSERT INTO column_lineage (table_name, made_from, body) VALUES (:table, :from, :body)
                    ON CONFLICT (table_name) DO UPDATE SET made_from = excluded.made_from, body = excluded.body""");
            entries.forEach((table, entry) -> batch.bind("table", table)
                    .bind("from", entry.madeFrom())
                    .bind("body", written(entry.lineage()))
                    .add());
            batch.execute();
        });
    }

    private static String written(ColumnLineage lineage) {
        try {
            return JSON.writeValueAsString(lineage);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /// What an older or newer version of Tarn wrote otherwise is worked out again.
    private static Optional<ColumnLineage> parsed(String body) {
        try {
            return Optional.of(JSON.readValue(body, ColumnLineage.class));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }
}
