package dev.tarn.query.plan;

import io.trino.spi.connector.ConnectorTableHandle;
import io.trino.spi.connector.SchemaTableName;
import java.util.OptionalLong;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;

/// A table as one statement sees it: the same metadata and snapshot wherever the statement names it. Plans with
/// such handles are never sent anywhere, so it holds the open table itself.
///
/// @param snapshotId the snapshot that is read; none when the table has no rows yet
/// @param schema the schema of that snapshot
/// @param current whether that is the table's current state, and not a time travel
/// @param otherBranch whether it was read from another branch of the catalog than the session's
public record LakeTableHandle(
        SchemaTableName name, Table table, OptionalLong snapshotId, Schema schema, boolean current, boolean otherBranch)
        implements ConnectorTableHandle {

    @Override
    public String toString() {
        return name + (snapshotId.isPresent() ? "@" + snapshotId.getAsLong() : "");
    }
}
