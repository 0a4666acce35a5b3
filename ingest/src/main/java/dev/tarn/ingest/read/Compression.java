package dev.tarn.ingest.read;

import io.airlift.compress.v3.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/// Opens a file and unpacks it if its first bytes say that it is packed, whatever its name says.
public final class Compression {
    private static final int BUFFER_BYTES = 1 << 16;

    private Compression() {}

    /// The file's content, unpacked.
    public static InputStream open(Path path) throws IOException {
        InputStream file = new BufferedInputStream(Files.newInputStream(path), BUFFER_BYTES);
        try {
            file.mark(4);
            byte[] magic = file.readNBytes(4);
            file.reset();
            if (magic.length >= 2 && magic[0] == 0x1f && magic[1] == (byte) 0x8b) {
                return new GZIPInputStream(file, BUFFER_BYTES);
            } else if (magic.length == 4
                    && magic[0] == 0x28
                    && magic[1] == (byte) 0xb5
                    && magic[2] == 0x2f
                    && magic[3] == (byte) 0xfd) {
                return new WholeZstd(new ZstdInputStream(file));
            }
            return file;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// Says of a stream that ends too early what the JDK's own say.
    private static final class WholeZstd extends FilterInputStream {
        WholeZstd(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
                return in.read(bytes, offset, length);
            } catch (IOException e) {
                if (String.valueOf(e.getMessage()).contains("Not enough input bytes")) {
                    throw (EOFException) new EOFException("the zstd stream is cut off").initCause(e);
                }
                throw e;
            }
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }
    }
}
