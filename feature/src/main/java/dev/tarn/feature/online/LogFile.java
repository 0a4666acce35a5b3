package dev.tarn.feature.online;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/// A file of frames: length, checksum (CRC-32C), bytes. Appended to, and read from its start.
final class LogFile implements AutoCloseable {
    private static final int FRAME_MAX = 1 << 30;

    private final Path path;
    private final FileChannel channel;
    private long written;
    private volatile long synced;

    private LogFile(Path path, FileChannel channel) throws IOException {
        this.path = path;
        this.channel = channel;
        this.written = channel.size();
        this.synced = written;
        channel.position(written);
    }

    /// What writes the bytes of a frame.
    interface Content {
        void writeTo(DataOutputStream out) throws IOException;
    }

    /// What reads the bytes of a frame.
    interface Reader {
        void read(DataInputStream in) throws IOException;
    }

    static LogFile open(Path path) throws IOException {
        return new LogFile(path, FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    }

    /// Appends a frame and gives the position to [#sync] up to.
    synchronized long append(Content content) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeLong(0);
            content.writeTo(out);
            ByteBuffer frame = ByteBuffer.wrap(bytes.toByteArray());
            int length = frame.capacity() - 8;
            CRC32C checksum = new CRC32C();
            checksum.update(frame.array(), 8, length);
            frame.putInt(0, length).putInt(4, (int) checksum.getValue());
            while (frame.hasRemaining()) {
                channel.write(frame);
            }
            written += frame.capacity();
            return written;
        } catch (IOException e) {
            // Half a frame must not stand before the next one.
            truncate(written);
            throw failed(e);
        }
    }

    /// Waits until everything up to a position is on disk; one call serves all who wait.
    void sync(long upTo) {
        if (synced >= upTo) {
            return;
        }
        synchronized (channel) {
            if (synced >= upTo) {
                return;
            }
            try {
                long now = written();
                channel.force(false);
                synced = now;
            } catch (IOException e) {
                throw failed(e);
            }
        }
    }

    synchronized long written() {
        return written;
    }

    /// Reads all frames. A frame cut off at the end of the last file was never promised to anyone, and is cut away.
    ///
    /// @param last whether it is the file that was being written
    /// @throws TarnException `DATA_CORRUPT` when a whole frame is not what was written
    static void read(Path path, boolean last, Reader reader) {
        long good = 0;
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(path), 1 << 16))) {
            long size = Files.size(path);
            while (good < size) {
                int length = size - good < 8 ? -1 : in.readInt();
                if (length < 0 || length > FRAME_MAX || good + 8 + length > size) {
                    break;
                }
                int checksum = in.readInt();
                byte[] bytes = in.readNBytes(length);
                CRC32C actual = new CRC32C();
                actual.update(bytes);
                if ((int) actual.getValue() != checksum) {
                    if (last && good + 8 + length == size) {
                        break;
                    }
                    throw corrupt(path, good);
                }
                reader.read(new DataInputStream(new java.io.ByteArrayInputStream(bytes)));
                good += 8 + length;
            }
            if (good < size) {
                if (!last) {
                    throw corrupt(path, good);
                }
                try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                    channel.truncate(good);
                    channel.force(true);
                }
            }
        } catch (EOFException e) {
            throw corrupt(path, good);
        } catch (IOException e) {
            throw new TarnException(ErrorCode.STORAGE_FAILED, path + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void truncate(long to) {
        try {
            channel.truncate(to);
            channel.position(to);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private TarnException failed(IOException e) {
        return new TarnException(ErrorCode.STORAGE_FAILED, path + " cannot be written: " + e.getMessage(), e);
    }

    private static TarnException corrupt(Path path, long at) {
        return new TarnException(ErrorCode.DATA_CORRUPT, path + " is damaged at byte " + at);
    }
}
