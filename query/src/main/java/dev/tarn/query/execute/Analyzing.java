package dev.tarn.query.execute;

import dev.tarn.core.error.TarnException;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.query.QuerySession;
import dev.tarn.query.duckdb.ColumnSketch;
import dev.tarn.query.duckdb.ManifestCache;
import dev.tarn.query.duckdb.ScanRequest;
import dev.tarn.query.duckdb.ScanSql;
import dev.tarn.query.plan.AnalyzedTable;
import dev.tarn.query.plan.LakeTableHandle;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.datasketches.theta.CompactThetaSketch;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.types.Types;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBResultSet;

/// ANALYZE: DuckDB reads the columns in the order of the files, each value goes into its column's sketch, and one
/// commit adds the file of the sketches to the snapshot that was read. Every value is fed, and not the different ones
/// alone: finding those first would take memory that grows with them, and would take 0 and -0 for one value.
final class Analyzing {
    /// Bounds what sketches and DuckDB's buffers take of a table with very many columns.
    private static final int COLUMNS_AT_ONCE = 64;

    private static final int BATCH_ROWS = 8_192;

    private final Lake lake;
    private final Connections connections;
    private final ScanSql scans = new ScanSql(new ManifestCache(0));

    Analyzing(Lake lake, Connections connections) {
        this.lake = lake;
        this.connections = connections;
    }

    /// @throws TarnException `COMMIT_CONFLICT` when the snapshot that was read is gone meanwhile
    void run(QuerySession session, AnalyzedTable asked, Duration timeMax) {
        LakeTableHandle handle = asked.table();
        if (handle.snapshotId().isEmpty()) {
            return;
        }
        SortedMap<Integer, CompactThetaSketch> sketches = sketches(asked, timeMax);
        Deadline.checkWanted();
        TableIdentifier name = TableIdentifier.of(
                Namespace.of(handle.name().getSchemaName()), handle.name().getTableName());
        lake.commit(
                session.branch(), Map.of(LakeCatalog.USER, session.identity().user()), transaction -> {
                    Table now = transaction.table(name);
                    Snapshot snapshot = now.snapshot(handle.snapshotId().getAsLong());
                    if (!now.uuid().equals(handle.table().uuid()) || snapshot == null) {
                        throw new ValidationException(
                                "Table %s was replaced or lost the analyzed snapshot meanwhile", name);
                    }
                    now.updateStatistics()
                            .setStatistics(new StatisticsFileWriter(now, snapshot).write(sketches))
                            .commit();
                    transaction.keepsRows(name);
                    return true;
                });
    }

    private SortedMap<Integer, CompactThetaSketch> sketches(AnalyzedTable asked, Duration timeMax) {
        Table table = asked.table().table();
        SortedMap<Integer, CompactThetaSketch> sketches = new TreeMap<>();
        try (DuckDBConnection connection = connections.take();
                Timed timed = new Timed(timeMax)) {
            List<Types.NestedField> columns = asked.columns();
            for (int from = 0; from < columns.size(); from += COLUMNS_AT_ONCE) {
                List<Types.NestedField> some = columns.subList(from, Math.min(from + COLUMNS_AT_ONCE, columns.size()));
                List<ColumnSketch> filled = timed.on(table, () -> filled(connection, asked.table(), some, timed));
                for (int i = 0; i < some.size(); i++) {
                    sketches.put(some.get(i).fieldId(), filled.get(i).compact());
                }
            }
            return sketches;
        } catch (SQLException e) {
            throw Failures.of(e);
        }
    }

    private List<ColumnSketch> filled(
            DuckDBConnection connection, LakeTableHandle handle, List<Types.NestedField> columns, Timed timed)
            throws SQLException {
        String rows = scans.scan(
                        handle.table(), new ScanRequest(handle.snapshotId(), Expressions.alwaysTrue(), columns, false))
                .sql();
        String values = columns.stream().map(ColumnSketch::sql).collect(Collectors.joining(", "));
        List<ColumnSketch> sketches = new ArrayList<>();
        columns.forEach(column -> sketches.add(new ColumnSketch()));
        try (Statement statement = connection.createStatement();
                BufferAllocator allocator = new RootAllocator()) {
            timed.started().accept(statement);
            try (ResultSet result = DuckResult.rows(connection, statement, "SELECT " + values + " FROM " + rows);
                    ArrowReader batches = (ArrowReader)
                            result.unwrap(DuckDBResultSet.class).arrowExportStream(allocator, BATCH_ROWS)) {
                while (batches.loadNextBatch()) {
                    timed.check();
                    for (int i = 0; i < sketches.size(); i++) {
                        sketches.get(i).add(batches.getVectorSchemaRoot().getVector(i));
                    }
                }
            } catch (IOException e) {
                throw new SQLException(e.getMessage(), e);
            }
        }
        return sketches;
    }
}
