package dev.tarn.query.protocol;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.OptionalInt;

/// A part of a statement's rows, for a client that asked for them in an encoding.
sealed interface Segment {
    Part part();

    /// Which rows these are, and how long.
    ///
    /// @param offset the number of rows before them
    /// @param bytes the length as it is sent
    /// @param plainBytes the length before it was compressed; empty when it was not
    record Part(long offset, long rows, int bytes, OptionalInt plainBytes) {}

    /// Rows within the answer.
    record Inline(Part part, ByteBuffer data) implements Segment {}

    /// Rows that the client fetches from the spool.
    ///
    /// @param id the secret by which they are had
    record Spooled(Part part, String id, Instant expires) implements Segment {}
}
