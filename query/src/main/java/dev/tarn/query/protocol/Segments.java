package dev.tarn.query.protocol;

import dev.tarn.core.project.ResultEncoding;
import io.airlift.compress.v3.Compressor;
import io.airlift.compress.v3.lz4.Lz4Compressor;
import io.airlift.compress.v3.zstd.ZstdCompressor;
import java.nio.ByteBuffer;
import java.util.OptionalInt;

/// Makes segments of one statement's rows, one after the other.
final class Segments {
    /// Shorter ones are not worth compressing; Trino's own bound.
    private static final int COMPRESSED_BYTES_MIN = 8 << 10;

    private final ResultEncoding encoding;
    private final Spool spool;
    private final Statement statement;
    private long offset;

    Segments(ResultEncoding encoding, Spool spool, Statement statement) {
        this.encoding = encoding;
        this.spool = spool;
        this.statement = statement;
    }

    ResultEncoding encoding() {
        return encoding;
    }

    /// The next rows within the answer.
    Segment.Inline inline(RowsJson rows) {
        return inline(rows, packed(rows.take()));
    }

    /// The next rows in the spool, or within the answer when the spool is full.
    ///
    /// @throws dev.tarn.core.error.TarnException `STORAGE_FAILED` when they cannot be written
    Segment spooled(RowsJson rows) {
        Packed packed = packed(rows.take());
        Spool.Entry entry = spool.add(statement, packed.data).orElse(null);
        return entry == null
                ? inline(rows, packed)
                : new Segment.Spooled(part(rows, packed), entry.id(), entry.expires());
    }

    /// Lets go of a segment that no client was told of.
    void discard(Segment segment) {
        if (segment instanceof Segment.Spooled spooled) {
            spool.remove(spooled.id());
        }
    }

    private Segment.Inline inline(RowsJson rows, Packed packed) {
        return new Segment.Inline(part(rows, packed), packed.data);
    }

    private Segment.Part part(RowsJson rows, Packed packed) {
        Segment.Part part = new Segment.Part(offset, rows.rows(), packed.data.remaining(), packed.plainBytes);
        offset += rows.rows();
        return part;
    }

    private record Packed(ByteBuffer data, OptionalInt plainBytes) {}

    private Packed packed(ByteBuffer plain) {
        if (plain.remaining() < COMPRESSED_BYTES_MIN) {
            return new Packed(plain, OptionalInt.empty());
        }
        return switch (encoding) {
            case JSON -> new Packed(plain, OptionalInt.empty());
            case JSON_ZSTD -> packed(plain, ZstdCompressor.create());
            case JSON_LZ4 -> packed(plain, Lz4Compressor.create());
        };
    }

    private static Packed packed(ByteBuffer plain, Compressor compressor) {
        byte[] data = new byte[compressor.maxCompressedLength(plain.remaining())];
        int length = compressor.compress(plain.array(), plain.arrayOffset(), plain.remaining(), data, 0, data.length);
        return new Packed(ByteBuffer.wrap(data, 0, length), OptionalInt.of(plain.remaining()));
    }
}
