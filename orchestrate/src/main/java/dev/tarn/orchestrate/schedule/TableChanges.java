package dev.tarn.orchestrate.schedule;

import dev.tarn.lake.Lake;
import dev.tarn.lake.state.Database;
import java.util.List;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;

/// Tells which rows of a table are new, and whose.
final class TableChanges {
    private static final String NOTHING = "-";
    private static final int RUNS = 20;

    private TableChanges() {}

    /// The newest snapshot of a published table that changed its rows; compaction does not.
    static String newest(Lake lake, String name) {
        TableIdentifier identifier = TableIdentifier.parse(name);
        if (!lake.main().tableExists(identifier)) {
            return NOTHING;
        }
        Table table = lake.main().loadTable(identifier);
        @Nullable Snapshot snapshot = table.currentSnapshot();
        while (snapshot != null && DataOperations.REPLACE.equals(snapshot.operation())) {
            Long parent = snapshot.parentId();
            Snapshot earlier = parent == null ? null : table.snapshot(parent);
            if (earlier == null) {
                break;
            }
            snapshot = earlier;
        }
        return table.uuid() + "/" + (snapshot == null ? NOTHING : snapshot.snapshotId());
    }

    /// Whether one of a schedule's latest runs published a table as it is.
    static boolean isOwn(Lake lake, Database database, String schedule, String name, String newest) {
        TableIdentifier identifier = TableIdentifier.parse(name);
        List<Long> publishes = database.read(handle -> handle.createQuery("""
                        SELECT publish_id FROM run WHERE schedule = :schedule AND publish_id IS NOT NULL
                        ORDER BY started_at DESC LIMIT :limit""")
                .bind("schedule", schedule)
                .bind("limit", RUNS)
                .mapTo(Long.class)
                .list());
        return publishes.stream()
                .flatMap(id -> lake.publish(id).stream())
                .flatMap(publish -> publish.changes().stream())
                .filter(change -> change.identifier().equals(identifier) && change.after() != null)
                .anyMatch(change -> {
                    TableMetadata then =
                            TableMetadataParser.read(lake.io(), change.after().location());
                    Snapshot snapshot = then.currentSnapshot();
                    return newest.equals(then.uuid() + "/" + (snapshot == null ? NOTHING : snapshot.snapshotId()));
                });
    }
}
