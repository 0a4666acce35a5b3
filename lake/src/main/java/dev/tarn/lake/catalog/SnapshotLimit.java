package dev.tarn.lake.catalog;

import dev.tarn.lake.state.Database;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;

/// Keeps a table's metadata short under many small commits: each metadata file lists every snapshot, so without a
/// limit the thousandth append would write a thousand of them again.
final class SnapshotLimit {
    /// A table may have so many snapshots before appends thin them out.
    static final int SNAPSHOTS_MAX = 400;

    private static final int KEPT = 200;

    private SnapshotLimit() {}

    /// Forgets the oldest snapshots of a table that has too many, except those that a tag, a branch or a pin holds.
    /// Their files stay for maintenance, which knows what else may need them.
    static void apply(Table table, Database database) {
        TableOperations operations = ((HasTableOperations) table).operations();
        TableMetadata now = operations.current();
        List<Snapshot> snapshots = now.snapshots();
        if (snapshots.size() <= SNAPSHOTS_MAX) {
            return;
        }
        Set<Long> needed = new HashSet<>(new References(database).snapshots(now.uuid()));
        now.refs().values().stream().map(SnapshotRef::snapshotId).forEach(needed::add);
        List<Long> forgotten = snapshots.subList(0, snapshots.size() - KEPT).stream()
                .map(Snapshot::snapshotId)
                .filter(id -> !needed.contains(id))
                .toList();
        operations.commit(
                now, TableMetadata.buildFrom(now).removeSnapshots(forgotten).build());
    }
}
