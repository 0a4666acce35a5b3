package dev.tarn.feature;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.query.CompiledQuery;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.duckdb.DuckDb;
import java.sql.Connection;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.OverwriteFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotChanges;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Expressions;

/// Relations over the lake, in UTC. Old snapshots, and only the added rows of a table, are read on a branch of the
/// catalog made for the purpose: on it the table's pointer says just that.
public final class LakeRelations implements Relations {
    private final Lake lake;
    private final DuckDb duckDb;
    private final QueryEngine engine;
    private final QuerySession session;

    /// @param branch the branch whose tables are meant, normally `main`
    public LakeRelations(Lake lake, DuckDb duckDb, QueryEngine engine, Identity identity, String branch) {
        this.lake = lake;
        this.duckDb = duckDb;
        this.engine = engine;
        this.session = QuerySession.of(identity).withZone(ZoneOffset.UTC).withBranch(branch);
    }

    @Override
    public Relation compile(String trinoSql, Map<String, Long> snapshots) {
        Map<TableIdentifier, Long> moved = new LinkedHashMap<>();
        LakeCatalog catalog = lake.branch(session.branch());
        snapshots.forEach((name, snapshot) -> {
            TableIdentifier table = identifier(name);
            if (catalog.tableExists(table)) {
                Snapshot current = catalog.loadTable(table).currentSnapshot();
                if (current == null || current.snapshotId() != snapshot) {
                    moved.put(table, snapshot);
                }
            }
        });
        if (moved.isEmpty()) {
            return relation(engine.compile(session, trinoSql));
        }
        return onBranch(branch -> {
            moved.forEach((name, snapshot) -> rollBack(lake.branch(branch).loadTable(name), name, snapshot));
            return relation(engine.compile(session.withBranch(branch), trinoSql));
        });
    }

    @Override
    public Optional<Added> added(String trinoSql, String table, long after, long upTo) {
        TableIdentifier name = identifier(table);
        Table now = lake.branch(session.branch()).loadTable(name);
        Optional<List<DataFile>> files = addedFiles(now, after, upTo);
        if (files.isEmpty()) {
            return Optional.empty();
        }
        // The statement names its files: the branch is not needed once it is compiled.
        Relation relation = onBranch(branch -> {
            OverwriteFiles only =
                    lake.branch(branch).loadTable(name).newOverwrite().overwriteByRowFilter(Expressions.alwaysTrue());
            files.get().forEach(only::addFile);
            only.commit();
            return relation(engine.compile(session.withBranch(branch), trinoSql));
        });
        return Optional.of(new Added() {
            @Override
            public Relation relation() {
                return relation;
            }

            @Override
            public void close() {}
        });
    }

    @Override
    public long published() {
        return lake.publishNumber();
    }

    @Override
    public boolean exists(String table) {
        return lake.branch(session.branch()).tableExists(identifier(table));
    }

    @Override
    public void execute(String trinoSql) {
        try (QueryResult result = engine.execute(session, trinoSql)) {
            result.all();
        }
    }

    @Override
    public Connection connect() {
        return duckDb.connect();
    }

    /// The files that were added by appends alone, or empty when something else happened, or history is cut.
    private static Optional<List<DataFile>> addedFiles(Table table, long after, long upTo) {
        List<DataFile> files = new ArrayList<>();
        Snapshot at = table.snapshot(upTo);
        while (at != null && at.snapshotId() != after) {
            switch (at.operation()) {
                case DataOperations.APPEND ->
                    SnapshotChanges.builderFor(table)
                            .snapshot(at)
                            .build()
                            .addedDataFiles()
                            .forEach(file -> files.add(file.copy()));
                // The same rows in other files.
                case DataOperations.REPLACE -> {}
                default -> {
                    return Optional.empty();
                }
            }
            Long parent = at.parentId();
            at = parent == null ? null : table.snapshot(parent);
        }
        return at == null ? Optional.empty() : Optional.of(files);
    }

    private static void rollBack(Table table, TableIdentifier name, long snapshot) {
        if (table.snapshot(snapshot) == null) {
            throw new TarnException(
                    ErrorCode.NOT_FOUND, "the snapshot " + snapshot + " of " + name + " is no longer kept");
        }
        table.manageSnapshots().setCurrentSnapshot(snapshot).commit();
    }

    private <T> T onBranch(Function<String, T> work) {
        if (!session.branch().equals("main")) {
            throw new TarnException(
                    ErrorCode.NOT_SUPPORTED, "old snapshots are read on main, not on the branch " + session.branch());
        }
        String branch = "features-" + UUID.randomUUID();
        lake.createBranch(branch, session.identity());
        try {
            return work.apply(branch);
        } finally {
            lake.dropBranch(branch);
        }
    }

    private static Relation relation(CompiledQuery compiled) {
        List<Column> columns = compiled.columns().stream()
                .map(column -> new Column(column.name(), column.type().getDisplayName()))
                .toList();
        Map<String, Long> snapshots = new LinkedHashMap<>();
        compiled.reads()
                .forEach(read -> snapshots.put(
                        read.schema() + "." + read.table(), read.snapshotId().orElse(0)));
        return new Relation(compiled.duckSql(), columns, snapshots);
    }

    private static TableIdentifier identifier(String name) {
        String[] parts = name.replace("\"", "").split("\\.", -1);
        if (parts.length < 2) {
            throw new TarnException(
                    ErrorCode.CONFIG_INVALID, "'" + name + "' names no table: write it as schema.table");
        }
        return TableIdentifier.of(Namespace.of(parts[parts.length - 2]), parts[parts.length - 1]);
    }
}
