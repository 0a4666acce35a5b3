package dev.tarn.query.plan;

import static io.trino.spi.type.TimeZoneKey.UTC_KEY;

import dev.tarn.query.StatementInfo;
import io.trino.connector.system.QuerySystemTable;
import io.trino.spi.connector.ConnectorSession;
import io.trino.spi.connector.ConnectorTableMetadata;
import io.trino.spi.connector.ConnectorTransactionHandle;
import io.trino.spi.connector.InMemoryRecordSet;
import io.trino.spi.connector.RecordCursor;
import io.trino.spi.connector.SystemTable;
import io.trino.spi.predicate.TupleDomain;
import io.trino.spi.type.DateTimeEncoding;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// `system.runtime.queries`: the statements that run or ran, with Trino's columns.
final class StatementsTable implements SystemTable {
    private volatile Supplier<List<StatementInfo>> statements = List::of;

    /// Says who knows them.
    void from(Supplier<List<StatementInfo>> source) {
        statements = source;
    }

    @Override
    public Distribution getDistribution() {
        return Distribution.SINGLE_COORDINATOR;
    }

    @Override
    public ConnectorTableMetadata getTableMetadata() {
        return QuerySystemTable.QUERY_TABLE;
    }

    @Override
    public RecordCursor cursor(
            ConnectorTransactionHandle transaction, ConnectorSession session, TupleDomain<Integer> constraint) {
        InMemoryRecordSet.Builder rows = InMemoryRecordSet.builder(QuerySystemTable.QUERY_TABLE);
        for (StatementInfo statement : statements.get()) {
            boolean ended =
                    statement.state().equals("FINISHED") || statement.state().equals("FAILED");
            boolean started = !statement.state().equals("QUEUED");
            rows.addRow(
                    statement.id(),
                    statement.state(),
                    statement.identity().user(),
                    statement.identity().client(),
                    statement.sql(),
                    null,
                    statement.queued().toMillis(),
                    0L,
                    0L,
                    time(statement.created()),
                    started ? time(statement.created().plus(statement.queued())) : null,
                    time(ended ? statement.created().plus(statement.elapsed()) : Instant.now()),
                    ended ? time(statement.created().plus(statement.elapsed())) : null,
                    statement
                            .error()
                            .map(error -> error.code().getType().name())
                            .orElse(null),
                    statement.error().map(error -> error.code().getName()).orElse(null));
        }
        return rows.build().cursor();
    }

    private static @Nullable Long time(Instant instant) {
        return DateTimeEncoding.packDateTimeWithZone(instant.toEpochMilli(), UTC_KEY);
    }
}
