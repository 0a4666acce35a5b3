package dev.tarn.query.execute;

import static io.trino.spi.StandardErrorCode.ALREADY_EXISTS;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.CommitGate;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.lake.catalog.LakeTransaction;
import dev.tarn.query.CompiledQuery;
import dev.tarn.query.QuerySession;
import dev.tarn.query.compile.QueryCompiler;
import dev.tarn.query.duckdb.DataFileWriter;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.plan.LakeTableHandle;
import dev.tarn.query.plan.MaterializedViews;
import dev.tarn.query.plan.Planner.Planned;
import dev.tarn.query.plan.TableDefinition;
import io.trino.metadata.TableHandle;
import io.trino.spi.TrinoException;
import io.trino.spi.connector.SchemaNotFoundException;
import io.trino.spi.connector.SchemaTableName;
import io.trino.sql.planner.plan.MergeWriterNode;
import io.trino.sql.planner.plan.OutputNode;
import io.trino.sql.planner.plan.PlanNode;
import io.trino.sql.planner.plan.StatisticsWriterNode;
import io.trino.sql.planner.plan.TableFinishNode;
import io.trino.sql.planner.plan.TableWriterNode;
import io.trino.sql.planner.plan.TableWriterNode.CreateReference;
import io.trino.sql.planner.plan.TableWriterNode.InsertReference;
import io.trino.sql.planner.plan.TableWriterNode.RefreshMaterializedViewReference;
import io.trino.sql.tree.Merge;
import io.trino.sql.tree.Statement;
import io.trino.sql.tree.Update;
import java.lang.ref.Reference;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.OverwriteFiles;
import org.apache.iceberg.Table;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.expressions.Expressions;

/// CREATE TABLE AS and INSERT: DuckDB writes the files, then one commit makes them visible. Changes of rows that are
/// there are [RowWrites]'s.
final class Writes {
    private final Lake lake;
    private final DuckDb duckDb;
    private final QueryCompiler compiler;
    private final RowWrites rowWrites;

    Writes(Lake lake, DuckDb duckDb, QueryCompiler compiler) {
        this.lake = lake;
        this.duckDb = duckDb;
        this.compiler = compiler;
        this.rowWrites = new RowWrites(lake, duckDb);
    }

    /// Whether the plan writes.
    static boolean isWrite(PlanNode root) {
        return root instanceof OutputNode output
                && (output.getSource() instanceof TableFinishNode
                        || output.getSource() instanceof StatisticsWriterNode);
    }

    /// @return rows written
    long run(QuerySession session, Planned planned, Duration timeMax) {
        TableFinishNode finish = (TableFinishNode) ((OutputNode) planned.root()).getSource();
        return switch (finish.getSource()) {
            case TableWriterNode writer -> newRows(session, planned, writer, timeMax);
            case MergeWriterNode writer ->
                rowWrites.run(
                        session,
                        compiler.changes(planned, writer),
                        kind(planned.analysis().getStatement()),
                        timeMax);
            default ->
                throw new TarnException(ErrorCode.NOT_SUPPORTED, "This statement's way of writing is not supported");
        };
    }

    private static RowChangeKind kind(Statement statement) {
        return switch (statement) {
            case Update ignored -> RowChangeKind.UPDATE;
            case Merge ignored -> RowChangeKind.MERGE;
            default -> RowChangeKind.DELETE;
        };
    }

    private long newRows(QuerySession session, Planned planned, TableWriterNode writer, Duration timeMax) {
        CompiledQuery query = compiler.rows(
                        planned, writer.getSource(), writer.getColumns(), writer.getColumnNames(), List.of())
                .query();
        try {
            return switch (writer.getTarget()) {
                case CreateReference create -> create(session, create, query.duckSql(), timeMax);
                case RefreshMaterializedViewReference refresh -> refresh(session, refresh, query.duckSql(), timeMax);
                case InsertReference insert -> insert(session, insert, query.duckSql(), timeMax);
                default ->
                    throw new TarnException(
                            ErrorCode.NOT_SUPPORTED, "This statement's way of writing is not supported");
            };
        } finally {
            // Its Java functions are there as long as it is.
            Reference.reachabilityFence(query);
        }
    }

    private long insert(QuerySession session, InsertReference target, String sql, Duration timeMax) {
        LakeTableHandle handle = (LakeTableHandle) target.getHandle().connectorHandle();
        List<DataFile> files = write(handle.table(), sql, timeMax);
        if (files.isEmpty()) {
            return 0;
        }
        TableIdentifier name = identifier(handle.name());
        CommitGate.Admitted admitted = lake.gate()
                .admit(
                        session.branch(),
                        name,
                        handle.table(),
                        files,
                        session.identity().user());
        if (admitted.alongside().isEmpty()) {
            lake.append(session.branch(), name, admitted.files(), summary(session));
        } else {
            lake.commit(session.branch(), summary(session), transaction -> {
                append(transaction, name, admitted.files());
                admitted.alongside().get().accept(transaction);
                return true;
            });
        }
        return rows(admitted.files());
    }

    private static void append(LakeTransaction transaction, TableIdentifier name, List<DataFile> files) {
        if (!files.isEmpty()) {
            AppendFiles append = transaction.table(name).newAppend();
            files.forEach(append::appendFile);
            append.commit();
        }
    }

    /// Puts the rows of a materialized view in place of those that it had.
    private long refresh(QuerySession session, RefreshMaterializedViewReference target, String sql, Duration timeMax) {
        LakeTableHandle handle =
                (LakeTableHandle) target.getStorageTableHandle().connectorHandle();
        List<LakeTableHandle> sources = new ArrayList<>();
        boolean repeatable = !target.hasNonDeterministicFunctions()
                && target.getSourceTableFunctions().isEmpty();
        for (TableHandle source : target.getSourceTableHandles()) {
            if (source.connectorHandle() instanceof LakeTableHandle table && table.current()) {
                sources.add(table);
            } else {
                repeatable = false;
            }
        }
        Map<String, String> dependencies = MaterializedViews.dependencies(sources, repeatable);
        List<DataFile> files = write(handle.table(), sql, timeMax);
        boolean kept = false;
        try {
            lake.commit(session.branch(), summary(session), transaction -> {
                OverwriteFiles overwrite = transaction
                        .table(identifier(handle.name()))
                        .newOverwrite()
                        .overwriteByRowFilter(Expressions.alwaysTrue());
                files.forEach(overwrite::addFile);
                dependencies.forEach(overwrite::set);
                overwrite.commit();
                return true;
            });
            kept = true;
        } catch (TarnException e) {
            // When it is unknown whether the commit happened, the files must stay.
            kept = e.code() == ErrorCode.DATABASE_FAILED;
            throw e;
        } finally {
            if (!kept) {
                DataFileWriter.delete(files);
            }
        }
        return rows(files);
    }

    private long create(QuerySession session, CreateReference target, String sql, Duration timeMax) {
        SchemaTableName name = target.getTableMetadata().getTable();
        TableDefinition definition = TableDefinition.of(target.getTableMetadata());
        LakeCatalog catalog = lake.branch(session.branch()).as(session.identity());
        try {
            var builder = definition.builder(catalog, identifier(name));
            Transaction transaction =
                    target.isReplace() ? builder.createOrReplaceTransaction() : builder.createTransaction();
            List<DataFile> files = write(transaction.table(), sql, timeMax);
            boolean committed = false;
            try {
                AppendFiles append = transaction.newAppend();
                files.forEach(append::appendFile);
                summary(session).forEach(append::set);
                append.commit();
                transaction.commitTransaction();
                committed = true;
            } finally {
                if (!committed) {
                    DataFileWriter.delete(files);
                }
            }
            return rows(files);
        } catch (AlreadyExistsException e) {
            throw new TrinoException(ALREADY_EXISTS, "Table '" + name + "' already exists", e);
        } catch (NoSuchNamespaceException e) {
            throw new SchemaNotFoundException(name.getSchemaName(), e);
        }
    }

    /// Writes the rows of a query.
    List<DataFile> write(Planned planned, OutputNode output, Table target, Duration timeMax) {
        String sql = compiler.rows(
                        planned, output.getSource(), output.getOutputSymbols(), output.getColumnNames(), List.of())
                .query()
                .duckSql();
        return write(target, sql, timeMax);
    }

    private List<DataFile> write(Table table, String sql, Duration timeMax) {
        try (Connection connection = duckDb.connect();
                Timed timed = new Timed(timeMax)) {
            return timed.on(table, () -> {
                List<DataFile> files = DataFileWriter.write(connection, table, sql, timed.started());
                try {
                    Deadline.checkWanted();
                } catch (TarnException cancelled) {
                    DataFileWriter.delete(files);
                    throw cancelled;
                }
                return files;
            });
        } catch (SQLException e) {
            throw Failures.of(e);
        }
    }

    private static long rows(List<DataFile> files) {
        return files.stream().mapToLong(DataFile::recordCount).sum();
    }

    private static Map<String, String> summary(QuerySession session) {
        return Map.of(LakeCatalog.USER, session.identity().user());
    }

    private static TableIdentifier identifier(SchemaTableName name) {
        return TableIdentifier.of(Namespace.of(name.getSchemaName()), name.getTableName());
    }
}
