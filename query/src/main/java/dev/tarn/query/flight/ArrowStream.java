package dev.tarn.query.flight;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.query.ArrowBatches;
import dev.tarn.query.Cancellation;
import dev.tarn.query.QueryResult;
import dev.tarn.query.ResultColumn;
import io.trino.spi.type.CharType;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.apache.arrow.flight.BackpressureStrategy;
import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Sends a result to one client, batch by batch, and no faster than the client reads.
final class ArrowStream {
    /// A batch is a few of DuckDB's own, so that little waits for little.
    private static final int BATCH_ROWS = 16_384;

    private final BufferAllocator allocator;
    private final ServerStreamListener listener;
    private final Duration patience;
    private final BackpressureStrategy.CallbackBackpressureStrategy pressure;

    /// @param cancellation told when the client goes away
    /// @param patience how long a client may read nothing
    ArrowStream(
            BufferAllocator allocator, ServerStreamListener listener, Cancellation cancellation, Duration patience) {
        this.allocator = allocator;
        this.listener = listener;
        this.patience = patience;
        this.pressure = new BackpressureStrategy.CallbackBackpressureStrategy() {
            @Override
            protected void cancelCallback() {
                cancellation.cancel();
            }
        };
        pressure.register(listener);
        listener.setUseZeroCopy(true);
    }

    /// Sends all rows of a result.
    void send(QueryResult result, LongConsumer made) {
        List<ResultColumn> columns = result.columns();
        try (VectorSchemaRoot root = VectorSchemaRoot.create(ArrowTypes.schema(columns), allocator)) {
            listener.start(root);
            Optional<ArrowBatches> batches =
                    columns.stream().allMatch(column -> ArrowTypes.isTyped(column.type(), false))
                            ? result.arrow(allocator, BATCH_ROWS)
                            : Optional.empty();
            if (batches.isPresent()) {
                try (ArrowBatches found = batches.get()) {
                    sendColumns(found, columns, root, made);
                }
            } else {
                for (var page = result.next(); !page.isEmpty(); page = result.next()) {
                    sendPage(page, root, made);
                }
            }
        }
    }

    /// Sends a few rows in a shape that the protocol asks for: columns by position.
    void sendRows(List<List<@Nullable Object>> rows, Schema schema, LongConsumer made) {
        try (VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator)) {
            listener.start(root);
            sendPage(rows, root, made);
        }
    }

    private void sendColumns(
            ArrowBatches batches, List<ResultColumn> columns, VectorSchemaRoot root, LongConsumer made) {
        VectorLoader loader = new VectorLoader(root);
        for (VectorSchemaRoot batch = batches.next(); batch != null; batch = batches.next()) {
            // The same buffers under the names, the zones and the nullability that the client was told.
            try (ArrowRecordBatch buffers = new VectorUnloader(batch).getRecordBatch()) {
                loader.load(buffers);
            }
            for (int i = 0; i < columns.size(); i++) {
                if (columns.get(i).type() instanceof CharType type) {
                    pad((VarCharVector) root.getVector(i), type.getLength());
                }
            }
            put(root, made);
        }
    }

    private void sendPage(List<List<@Nullable Object>> page, VectorSchemaRoot root, LongConsumer made) {
        root.allocateNew();
        for (int column = 0; column < root.getFieldVectors().size(); column++) {
            for (int row = 0; row < page.size(); row++) {
                ArrowValues.set(root.getVector(column), row, page.get(row).get(column));
            }
        }
        root.setRowCount(page.size());
        put(root, made);
    }

    private void put(VectorSchemaRoot root, LongConsumer made) {
        awaitReader();
        made.accept(root.getRowCount());
        listener.putNext();
    }

    /// @throws TarnException `CANCELLED` when the client has gone away or reads nothing any more
    private void awaitReader() {
        switch (pressure.waitForListener(patience.toMillis())) {
            case READY -> {}
            case CANCELLED -> throw new TarnException(ErrorCode.CANCELLED, "the client no longer wants the rows");
            case TIMEOUT, OTHER ->
                throw new TarnException(
                        ErrorCode.CANCELLED,
                        "the statement was cancelled: its client read nothing for " + patience.toSeconds() + " s");
        }
    }

    /// DuckDB holds `char` without its trailing spaces.
    private void pad(VarCharVector values, int length) {
        try (VarCharVector padded = new VarCharVector(values.getField(), allocator)) {
            for (int i = 0; i < values.getValueCount(); i++) {
                if (!values.isNull(i)) {
                    String text = new String(values.get(i), UTF_8);
                    int missing = Math.max(0, length - text.codePointCount(0, text.length()));
                    padded.setSafe(i, (text + " ".repeat(missing)).getBytes(UTF_8));
                }
            }
            padded.setValueCount(values.getValueCount());
            padded.makeTransferPair(values).transfer();
        }
    }
}
