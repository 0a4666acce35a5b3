package dev.tarn.query.duckdb;

import dev.tarn.lake.storage.CheckedFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.ManifestContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Binder;
import org.apache.iceberg.expressions.Evaluator;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.InclusiveMetricsEvaluator;
import org.apache.iceberg.expressions.ManifestEvaluator;
import org.apache.iceberg.expressions.Projections;
import org.apache.iceberg.io.CloseableIterable;

/// Finds the files of a snapshot that may hold rows for a filter, by partition and by column statistics.
///
/// Iceberg's own `planFiles` waits in steps of 10 ms for each manifest that it reads on another thread;
/// this reads them through the cache instead. Snapshots with deletes take Iceberg's way, which knows all
/// rules about which delete applies to which file.
final class ScanPlanner {
    private static final int FILES_AT_ONCE = 1_000;

    private final ManifestCache cache;

    ScanPlanner(ManifestCache cache) {
        this.cache = cache;
    }

    List<ScanFile> plan(Table table, Snapshot snapshot, Expression filter) {
        List<ManifestFile> manifests = cache.manifests(table, snapshot);
        if (manifests.stream().anyMatch(manifest -> manifest.content() == ManifestContent.DELETES)) {
            return planWithDeletes(table, snapshot, filter);
        }
        Map<Integer, Pruning> prunings = new HashMap<>();
        table.specs().forEach((id, spec) -> prunings.put(id, new Pruning(table.schema(), spec, filter)));
        List<ManifestFile> matching = manifests.stream()
                .filter(manifest ->
                        prunings.get(manifest.partitionSpecId()).manifests.eval(manifest))
                .toList();
        // Asked for at once; each would be asked for by itself when it is read.
        CheckedFiles.check(table.io(), cache.missing(matching));
        // Read first, then looked through: a few large manifests take all processors too.
        List<IndexedFiles> read = matching.parallelStream()
                .map(manifest -> cache.dataFiles(table, manifest))
                .toList();
        List<ScanFile> found = new ArrayList<>();
        for (int i = 0; i < read.size(); i++) {
            Pruning pruning = prunings.get(matching.get(i).partitionSpecId());
            List<DataFile> files = pruning.candidates(read.get(i));
            (files.size() > FILES_AT_ONCE ? files.parallelStream() : files.stream())
                    .filter(pruning::mayMatch)
                    .map(file -> new ScanFile(file, List.of()))
                    .forEachOrdered(found::add);
        }
        return List.copyOf(found);
    }

    private static List<ScanFile> planWithDeletes(Table table, Snapshot snapshot, Expression filter) {
        List<ScanFile> files = new ArrayList<>();
        try (CloseableIterable<FileScanTask> tasks = table.newScan()
                .useSnapshot(snapshot.snapshotId())
                .filter(filter)
                .ignoreResiduals()
                .planFiles()) {
            tasks.forEach(task -> files.add(new ScanFile(task.file(), task.deletes())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }

    /// One filter against the files of one partition spec.
    private static final class Pruning {
        private final ManifestEvaluator manifests;
        private final Evaluator partitions;
        private final InclusiveMetricsEvaluator metrics;
        private final Expression bound;
        private final boolean everything;
        private final boolean unpartitioned;

        Pruning(Schema schema, PartitionSpec spec, Expression filter) {
            unpartitioned = spec.isUnpartitioned();
            everything = filter.op() == Expression.Operation.TRUE;
            manifests = ManifestEvaluator.forRowFilter(filter, spec, true);
            partitions = new Evaluator(
                    spec.partitionType(),
                    everything
                            ? Expressions.alwaysTrue()
                            : Projections.inclusive(spec, true).project(filter),
                    true);
            metrics = new InclusiveMetricsEvaluator(schema, filter, true);
            bound = Binder.bind(schema.asStruct(), Expressions.rewriteNot(filter), true);
        }

        /// A first, cheap choice.
        List<DataFile> candidates(IndexedFiles files) {
            return everything ? files.all() : files.candidates(bound);
        }

        // Evaluators keep no state between files: those of Iceberg hold a thread's visitor each.
        boolean mayMatch(DataFile file) {
            return everything || ((unpartitioned || partitions.eval(file.partition())) && metrics.eval(file));
        }
    }
}
