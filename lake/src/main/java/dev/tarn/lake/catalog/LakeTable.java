package dev.tarn.lake.catalog;

import java.util.Map;
import java.util.concurrent.ExecutorService;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DeleteFiles;
import org.apache.iceberg.OverwriteFiles;
import org.apache.iceberg.ReplacePartitions;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.RewriteManifests;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.SnapshotUpdate;
import org.apache.iceberg.TableOperations;

/// A table whose commits work on the calling thread, since Iceberg's own pools are waited for in steps of
/// ten milliseconds, and carry what the catalog was told to put into every snapshot's summary.
final class LakeTable extends BaseTable {
    private static final long serialVersionUID = 1L;

    private final transient Map<String, String> summary;

    LakeTable(TableOperations operations, String name, Map<String, String> summary) {
        super(operations, name, report -> {});
        this.summary = summary;
    }

    @Override
    public AppendFiles newAppend() {
        return tuned(super.newAppend());
    }

    @Override
    public AppendFiles newFastAppend() {
        return tuned(super.newFastAppend());
    }

    @Override
    public RewriteFiles newRewrite() {
        return tuned(super.newRewrite());
    }

    @Override
    public RewriteManifests rewriteManifests() {
        return tuned(super.rewriteManifests());
    }

    @Override
    public OverwriteFiles newOverwrite() {
        return tuned(super.newOverwrite());
    }

    @Override
    public RowDelta newRowDelta() {
        return tuned(super.newRowDelta());
    }

    @Override
    public ReplacePartitions newReplacePartitions() {
        return tuned(super.newReplacePartitions());
    }

    @Override
    public DeleteFiles newDelete() {
        return tuned(super.newDelete());
    }

    private <U extends SnapshotUpdate<U>> U tuned(U update) {
        ExecutorService caller = CallerThread.EXECUTOR;
        update.scanManifestsWith(caller).writeManifestsWith(caller, 1);
        summary.forEach(update::set);
        return update;
    }
}
