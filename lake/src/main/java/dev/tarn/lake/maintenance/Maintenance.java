package dev.tarn.lake.maintenance;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.lake.catalog.LakeTransaction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;

/// Keeps tables on main small: forgets old snapshots and merges manifests. Removing files is [Sweep]'s part, which
/// alone knows everything that still needs them.
///
/// A table that a branch has changed is left alone until the branch is published or dropped.
public final class Maintenance {
    private static final Map<String, String> SUMMARY = Map.of();
    /// More small manifests than that are worth merging.
    public static final int SMALL_MANIFESTS_MAX = 20;

    private final Lake lake;

    public Maintenance(Lake lake) {
        this.lake = lake;
    }

    /// How much history a table keeps.
    ///
    /// @param age snapshots younger than this stay
    /// @param snapshotsMin so many of the newest stay, however old
    public record Retention(Duration age, int snapshotsMin) {
        /// Five days, and never less than the newest snapshot: Iceberg's own defaults.
        public static final Retention DEFAULT = new Retention(Duration.ofDays(5), 1);

        public Retention {
            if (age.isNegative() || snapshotsMin < 1) {
                throw new IllegalArgumentException("a table keeps at least its newest snapshot");
            }
        }
    }

    /// What one round over all tables did.
    ///
    /// @param snapshots how many were forgotten
    /// @param manifests how many were merged
    /// @param publishes how many were forgotten
    public record Round(int tables, int snapshots, int manifests, int publishes) {}

    /// Forgets publishes that are older than said, and cares for every table on main.
    public Round round(Retention retention, Duration publishesKept) {
        int publishes = lake.forgetPublishes(Instant.now().minus(publishesKept));
        int snapshots = 0;
        int manifests = 0;
        List<TableIdentifier> tables = tables();
        for (TableIdentifier table : tables) {
            try {
                snapshots += expireSnapshots(table, retention);
                manifests += rewriteManifests(table, SMALL_MANIFESTS_MAX);
            } catch (TarnException e) {
                // Dropped meanwhile, or changed without pause: the next round finds it as it is then.
                if (e.code() != ErrorCode.NOT_FOUND && e.code() != ErrorCode.COMMIT_CONFLICT) {
                    throw e.in("table", table);
                }
            }
        }
        return new Round(tables.size(), snapshots, manifests, publishes);
    }

    /// All tables on main.
    public List<TableIdentifier> tables() {
        return tables(Namespace.empty());
    }

    private List<TableIdentifier> tables(Namespace parent) {
        List<TableIdentifier> tables = new ArrayList<>();
        if (!parent.isEmpty()) {
            tables.addAll(lake.main().listTables(parent));
        }
        lake.main().listNamespaces(parent).forEach(namespace -> tables.addAll(tables(namespace)));
        return tables;
    }

    /// Forgets a table's snapshots beyond its retention. Those that a tag, a branch of the table or a pin holds stay.
    /// Files stay too, until a sweep.
    ///
    /// @return how many were forgotten; 0 when a branch has changed the table
    public int expireSnapshots(TableIdentifier identifier, Retention retention) {
        return unlessForked(identifier, transaction -> {
            TableOperations operations = ((HasTableOperations) transaction.table(identifier)).operations();
            TableMetadata now = operations.current();
            Set<Long> needed = new HashSet<>(lake.references().snapshots(now.uuid()));
            now.refs().values().stream().map(SnapshotRef::snapshotId).forEach(needed::add);
            long before = System.currentTimeMillis() - retention.age().toMillis();
            List<Snapshot> old =
                    now.snapshots().subList(0, Math.max(0, now.snapshots().size() - retention.snapshotsMin()));
            List<Long> expired = old.stream()
                    .filter(snapshot -> snapshot.timestampMillis() < before)
                    .map(Snapshot::snapshotId)
                    .filter(id -> !needed.contains(id))
                    .toList();
            if (!expired.isEmpty()) {
                operations.commit(
                        now,
                        TableMetadata.buildFrom(now).removeSnapshots(expired).build());
            }
            return expired.size();
        });
    }

    /// Merges a table's small manifests, so that planning reads few files.
    ///
    /// @param smallMax how many small manifests are not worth the work
    /// @return how many manifests were merged; 0 when a branch has changed the table
    public int rewriteManifests(TableIdentifier identifier, int smallMax) {
        return unlessForked(identifier, transaction -> {
            Table table = transaction.table(identifier);
            Snapshot current = table.currentSnapshot();
            if (current == null) {
                return 0;
            }
            long small = TableProperties.MANIFEST_TARGET_SIZE_BYTES_DEFAULT / 2;
            List<ManifestFile> merged = current.dataManifests(table.io()).stream()
                    .filter(manifest -> manifest.length() < small)
                    .toList();
            if (merged.size() <= smallMax) {
                return 0;
            }
            table.rewriteManifests()
                    .set(LakeCatalog.ROWS_OF, Long.toString(LakeCatalog.rowsOf(current)))
                    .rewriteIf(manifest -> manifest.length() < small)
                    .clusterBy(file -> file.partition().toString())
                    .commit();
            return merged.size();
        });
    }

    private int unlessForked(TableIdentifier identifier, ToIntFunction<LakeTransaction> work) {
        try {
            return lake.commit(Branches.MAIN, SUMMARY, transaction -> {
                int done = work.applyAsInt(transaction);
                if (done > 0) {
                    // Asked in the transaction that moves the pointer: a branch that forks later sees the new state.
                    transaction.unlessForked(identifier);
                    transaction.keepsRows(identifier);
                }
                return done;
            });
        } catch (LakeTransaction.Forked skipped) {
            return 0;
        }
    }
}
