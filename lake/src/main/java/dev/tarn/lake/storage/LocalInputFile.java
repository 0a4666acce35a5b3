package dev.tarn.lake.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.SeekableInputStream;

/// A local file to be read.
final class LocalInputFile implements InputFile {
    private final String location;
    private final Path path;
    private final long knownLength;
    private final LocalFileIO files;

    LocalInputFile(String location, Path path, long knownLength, LocalFileIO files) {
        this.files = files;
        this.location = location;
        this.path = path;
        this.knownLength = knownLength;
    }

    @Override
    public long getLength() {
        if (knownLength >= 0) {
            return knownLength;
        }
        try {
            return Files.size(path);
        } catch (IOException e) {
            throw StorageErrors.of("read", path, e);
        }
    }

    @Override
    public SeekableInputStream newStream() {
        files.check(path);
        try {
            return new LocalInputStream(FileChannel.open(path, StandardOpenOption.READ));
        } catch (NoSuchFileException e) {
            throw new NotFoundException(e, "Failed to open input stream for file: %s: it does not exist", location);
        } catch (IOException e) {
            throw StorageErrors.of("read", path, e);
        }
    }

    @Override
    public String location() {
        return location;
    }

    @Override
    public boolean exists() {
        return Files.isRegularFile(path);
    }

    @Override
    public String toString() {
        return location;
    }

    /// Reads through a buffer, since Avro and JSON read a few bytes at a time.
    private static final class LocalInputStream extends SeekableInputStream {
        private final SeekableByteChannel channel;
        private final ByteBuffer buffer = ByteBuffer.allocate(32 * 1024).flip();

        LocalInputStream(SeekableByteChannel channel) {
            this.channel = channel;
        }

        @Override
        public long getPos() throws IOException {
            return channel.position() - buffer.remaining();
        }

        @Override
        public void seek(long newPos) throws IOException {
            buffer.clear().flip();
            channel.position(newPos);
        }

        @Override
        public int read() throws IOException {
            return fill() ? buffer.get() & 0xff : -1;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (!buffer.hasRemaining() && length >= buffer.capacity()) {
                return channel.read(ByteBuffer.wrap(bytes, offset, length));
            }
            if (!fill()) {
                return -1;
            }
            int count = Math.min(length, buffer.remaining());
            buffer.get(bytes, offset, count);
            return count;
        }

        @Override
        public int available() throws IOException {
            return (int) Math.min(Integer.MAX_VALUE, channel.size() - getPos());
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }

        private boolean fill() throws IOException {
            if (buffer.hasRemaining()) {
                return true;
            }
            buffer.clear();
            int count = channel.read(buffer);
            buffer.flip();
            return count > 0;
        }
    }
}
