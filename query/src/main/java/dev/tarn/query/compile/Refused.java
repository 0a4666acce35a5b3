package dev.tarn.query.compile;

import static io.trino.spi.StandardErrorCode.NOT_SUPPORTED;

import io.trino.spi.TrinoException;

/// What the embedded engine would not answer exactly as Trino does.
final class Refused {
    private Refused() {}

    /// An error that names the thing and the way out.
    static TrinoException because(String thing) {
        return new TrinoException(
                NOT_SUPPORTED,
                thing + " is not supported by the embedded engine, which would not answer exactly as Trino does;"
                        + " rewrite the statement without it, or run it on a Trino cluster over the same tables");
    }
}
