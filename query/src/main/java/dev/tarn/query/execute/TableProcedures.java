package dev.tarn.query.execute;

import static io.trino.spi.StandardErrorCode.INVALID_ARGUMENTS;
import static io.trino.spi.StandardErrorCode.INVALID_PROCEDURE_ARGUMENT;
import static io.trino.spi.StandardErrorCode.NOT_SUPPORTED;

import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.lake.maintenance.Maintenance;
import dev.tarn.lake.maintenance.Sweep;
import dev.tarn.query.QuerySession;
import dev.tarn.query.compact.Compaction;
import dev.tarn.query.compile.QueryCompiler;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.plan.Planner.Planned;
import dev.tarn.query.plan.TableProcedure;
import io.airlift.units.DataSize;
import io.airlift.units.Duration;
import io.trino.Session;
import io.trino.spi.TrinoException;
import io.trino.sql.planner.plan.OutputNode;
import io.trino.sql.planner.plan.PlanNode;
import io.trino.sql.planner.plan.SimpleTableExecuteNode;
import io.trino.sql.planner.plan.TableExecuteNode;
import io.trino.sql.planner.plan.TableFinishNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.util.PropertyUtil;

/// `ALTER TABLE … EXECUTE`. Each procedure answers with metrics by name, under Trino's names.
final class TableProcedures {
    private static final String MAIN = "main";

    private final Lake lake;
    private final QueryCompiler compiler;
    private final Compaction compaction;

    TableProcedures(Lake lake, DuckDb duckDb, QueryCompiler compiler) {
        this.lake = lake;
        this.compiler = compiler;
        this.compaction = new Compaction(lake, duckDb);
    }

    /// The procedure that a plan is about, with what it reads; empty for other plans.
    static Optional<PlanNode> find(PlanNode root) {
        if (!(root instanceof OutputNode output)) {
            return Optional.empty();
        }
        return switch (output.getSource()) {
            case SimpleTableExecuteNode simple -> Optional.of(simple);
            case TableFinishNode finish when finish.getSource() instanceof TableExecuteNode node -> Optional.of(node);
            default -> Optional.empty();
        };
    }

    Map<String, Long> run(
            QuerySession session, Session trino, Planned planned, PlanNode node, java.time.Duration timeMax) {
        TableProcedure.Handle handle = (TableProcedure.Handle)
                switch (node) {
                    case SimpleTableExecuteNode simple ->
                        simple.getExecuteHandle().connectorHandle();
                    case TableExecuteNode execute ->
                        execute.getTarget().getExecuteHandle().connectorHandle();
                    default -> throw new IllegalArgumentException("no procedure in " + node);
                };
        TableIdentifier table = TableIdentifier.of(
                Namespace.of(handle.name().getSchemaName()), handle.name().getTableName());
        return switch (handle.procedure()) {
            case OPTIMIZE -> optimize(session, planned, handle, table, (TableExecuteNode) node, timeMax);
            case OPTIMIZE_MANIFESTS -> optimizeManifests(session, table);
            case EXPIRE_SNAPSHOTS -> expireSnapshots(session, trino, handle, table);
            case REMOVE_ORPHAN_FILES -> removeOrphanFiles(session, trino, handle);
            case ROLLBACK_TO_SNAPSHOT -> rollback(session, handle, table);
            case DROP_EXTENDED_STATS -> dropStatistics(session, table);
        };
    }

    private Map<String, Long> optimize(
            QuerySession session,
            Planned planned,
            TableProcedure.Handle handle,
            TableIdentifier table,
            TableExecuteNode node,
            java.time.Duration timeMax) {
        DataSize threshold = (DataSize) handle.properties().get("file_size_threshold");
        Compaction.Request request = new Compaction.Request(
                node.getSource() instanceof io.trino.sql.planner.plan.ValuesNode
                        ? Expressions.alwaysFalse()
                        : compiler.fileFilter(planned, node.getSource()),
                threshold.toBytes(),
                Long.MAX_VALUE);
        try (Timed timed = new Timed(timeMax)) {
            Compaction.Result result;
            try {
                result = compaction.run(session.branch(), table, request, session.identity(), timed.started());
            } catch (dev.tarn.core.error.TarnException e) {
                throw timed.explain(e);
            }
            return metrics(
                    "rewritten_data_files_count", result.rewritten(),
                    "removed_delete_files_count", result.deleteFiles(),
                    "added_data_files_count", result.added());
        }
    }

    private Map<String, Long> optimizeManifests(QuerySession session, TableIdentifier identifier) {
        return change(session, identifier, table -> {
            Snapshot before = table.currentSnapshot();
            List<ManifestFile> manifests = before == null ? List.of() : before.dataManifests(table.io());
            long target = PropertyUtil.propertyAsLong(
                    table.properties(),
                    TableProperties.MANIFEST_TARGET_SIZE_BYTES,
                    TableProperties.MANIFEST_TARGET_SIZE_BYTES_DEFAULT);
            if (manifests.isEmpty()
                    || (manifests.size() == 1 && manifests.getFirst().length() < target)) {
                return Map.of();
            }
            long bytes = manifests.stream().mapToLong(ManifestFile::length).sum();
            // Neighbouring partitions come to lie in one manifest only where there will be several.
            table.rewriteManifests()
                    .clusterBy(file -> bytes <= target ? "" : file.partition().toString())
                    .commit();
            Map<String, String> summary = table.currentSnapshot().summary();
            return metrics(
                    "rewritten_manifests_count", number(summary, "manifests-replaced"),
                    "added_manifests_count", number(summary, "manifests-created"),
                    "kept_manifests_count", number(summary, "manifests-kept"),
                    "processed_manifest_entries_count", number(summary, "entries-processed"));
        });
    }

    private static long number(Map<String, String> summary, String key) {
        return PropertyUtil.propertyAsLong(summary, key, 0);
    }

    private Map<String, Long> expireSnapshots(
            QuerySession session, Session trino, TableProcedure.Handle handle, TableIdentifier table) {
        requireMain(session, "expire_snapshots");
        java.time.Duration retention =
                retention(session, trino, handle, TableProcedure.EXPIRE_MIN, "iceberg.expire-snapshots.min-retention");
        int last = (Integer) handle.properties().getOrDefault("retain_last", 1);
        if (last < 1) {
            throw new TrinoException(INVALID_PROCEDURE_ARGUMENT, "Number of snapshots to retain must be at least 1");
        }
        new Maintenance(lake).expireSnapshots(table, new Maintenance.Retention(retention, last));
        return Map.of();
    }

    private Map<String, Long> removeOrphanFiles(QuerySession session, Session trino, TableProcedure.Handle handle) {
        requireMain(session, "remove_orphan_files");
        java.time.Duration retention = retention(
                session, trino, handle, TableProcedure.ORPHANS_MIN, "iceberg.remove-orphan-files.min-retention");
        Sweep sweep = new Sweep(lake);
        Sweep.Plan plan = sweep.plan(retention, handle.table().table().location());
        int removed = sweep.execute(plan);
        return metrics(
                "active_files_count",
                plan.kept(),
                "scanned_files_count",
                plan.kept() + plan.files().size(),
                "deleted_files_count",
                (long) removed);
    }

    private static java.time.Duration retention(
            QuerySession session, Session trino, TableProcedure.Handle handle, String minName, String setting) {
        Duration asked = (Duration) handle.properties().get("retention_threshold");
        Duration min = Optional.ofNullable(
                        trino.getCatalogProperties(session.catalog()).get(minName))
                .map(Duration::valueOf)
                .orElseGet(() -> Duration.valueOf("7d"));
        if (asked.compareTo(min) < 0) {
            throw new TrinoException(
                    INVALID_PROCEDURE_ARGUMENT,
                    ("Retention specified (%s) is shorter than the minimum retention configured in the system (%s)."
                                    + " Minimum retention can be changed with %s configuration property or iceberg.%s"
                                    + " session property")
                            .formatted(asked, min, setting, minName));
        }
        return asked.toJavaTime();
    }

    private Map<String, Long> rollback(QuerySession session, TableProcedure.Handle handle, TableIdentifier identifier) {
        Object id = handle.properties().get("snapshot_id");
        if (id == null) {
            throw new TrinoException(INVALID_ARGUMENTS, "snapshot_id cannot be null");
        }
        return change(session, identifier, table -> {
            if (table.snapshot((Long) id) == null) {
                throw new TrinoException(INVALID_ARGUMENTS, "Cannot roll back to unknown snapshot id: " + id);
            }
            table.manageSnapshots().setCurrentSnapshot((Long) id).commit();
            return Map.of();
        });
    }

    private Map<String, Long> dropStatistics(QuerySession session, TableIdentifier identifier) {
        return change(session, identifier, table -> {
            var update = table.updateStatistics();
            table.statisticsFiles().forEach(file -> update.removeStatistics(file.snapshotId()));
            update.commit();
            return Map.of();
        });
    }

    private Map<String, Long> change(
            QuerySession session, TableIdentifier table, java.util.function.Function<Table, Map<String, Long>> work) {
        return lake.commit(
                session.branch(),
                Map.of(LakeCatalog.USER, session.identity().user()),
                transaction -> work.apply(transaction.table(table)));
    }

    private static void requireMain(QuerySession session, String procedure) {
        if (!session.branch().equals(MAIN)) {
            throw new TrinoException(
                    NOT_SUPPORTED,
                    procedure + " runs on main only: other branches refer to snapshots and files of main's tables");
        }
    }

    private static Map<String, Long> metrics(Object... namesAndNumbers) {
        Map<String, Long> metrics = new LinkedHashMap<>();
        for (int i = 0; i < namesAndNumbers.length; i += 2) {
            metrics.put((String) namesAndNumbers[i], (Long) namesAndNumbers[i + 1]);
        }
        return metrics;
    }
}
