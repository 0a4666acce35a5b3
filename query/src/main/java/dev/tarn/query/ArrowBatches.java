package dev.tarn.query;

import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/// A running statement's rows as columns, computed as they are asked for by one thread.
public interface ArrowBatches extends AutoCloseable {
    /// The next rows, in memory that the next call reuses; null when there are no more.
    @Nullable
    VectorSchemaRoot next();

    @Override
    void close();
}
