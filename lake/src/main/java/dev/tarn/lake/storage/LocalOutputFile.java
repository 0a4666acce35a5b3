package dev.tarn.lake.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.jspecify.annotations.Nullable;

/// A local file to be written: whole under its name, or not there.
final class LocalOutputFile implements OutputFile {
    private final String location;
    private final Path path;
    private final WriteBatch.@Nullable Pending pending;
    private final LocalFileIO files;

    /// @param pending who will make the file durable; null when it is to be durable once it is closed
    /// @param files told what was written
    LocalOutputFile(String location, Path path, WriteBatch.@Nullable Pending pending, LocalFileIO files) {
        this.files = files;
        this.location = location;
        this.path = path;
        this.pending = pending;
    }

    @Override
    public PositionOutputStream create() {
        if (Files.exists(path)) {
            throw new AlreadyExistsException("File already exists: %s", location);
        }
        return open(false);
    }

    @Override
    public PositionOutputStream createOrOverwrite() {
        return open(true);
    }

    @Override
    public String location() {
        return location;
    }

    @Override
    public InputFile toInputFile() {
        return new LocalInputFile(location, path, -1, files);
    }

    @Override
    public String toString() {
        return location;
    }

    private PositionOutputStream open(boolean overwrite) {
        try {
            Durable.createFolders(path.getParent());
            Path temporary =
                    path.resolveSibling("." + path.getFileName() + "." + UUID.randomUUID() + Durable.TEMPORARY);
            FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
            return new LocalOutputStream(channel, temporary, overwrite);
        } catch (IOException e) {
            throw StorageErrors.of("write", path, e);
        }
    }

    private final class LocalOutputStream extends PositionOutputStream {
        private final FileChannel channel;
        private final Path temporary;
        private final boolean overwrite;
        private final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
        private final CRC32C crc = new CRC32C();
        private long position;
        private boolean failed;
        private boolean closed;

        LocalOutputStream(FileChannel channel, Path temporary, boolean overwrite) {
            this.channel = channel;
            this.temporary = temporary;
            this.overwrite = overwrite;
        }

        @Override
        public long getPos() {
            return position;
        }

        @Override
        public void write(int b) {
            if (!buffer.hasRemaining()) {
                flush();
            }
            buffer.put((byte) b);
            position++;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            if (length > buffer.remaining()) {
                flush();
            }
            if (length > buffer.capacity()) {
                writeFully(ByteBuffer.wrap(bytes, offset, length));
            } else {
                buffer.put(bytes, offset, length);
            }
            position += length;
        }

        @Override
        public void flush() {
            writeFully(buffer.flip());
            buffer.clear();
        }

        @Override
        public void close() {
            if (closed) {
                return;
            }
            closed = true;
            try {
                try (channel) {
                    if (failed) {
                        return;
                    }
                    flush();
                    if (pending == null) {
                        channel.force(true);
                    }
                }
                publish();
            } catch (IOException e) {
                failed = true;
                throw StorageErrors.of("write", path, e);
            } finally {
                if (failed) {
                    temporary.toFile().delete();
                }
            }
        }

        private void publish() throws IOException {
            if (overwrite) {
                Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } else {
                // A rename would replace silently; a link refuses when somebody else was first.
                try {
                    Files.createLink(path, temporary);
                } catch (FileAlreadyExistsException e) {
                    failed = true;
                    throw new AlreadyExistsException(e, "File already exists: %s", location);
                } catch (UnsupportedOperationException e) {
                    Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
                }
                Files.deleteIfExists(temporary);
            }
            files.written(path, position, crc.getValue());
            if (pending == null) {
                Durable.syncFolder(path.getParent());
            } else {
                pending.add(path);
            }
        }

        private void writeFully(ByteBuffer bytes) {
            crc.update(bytes.duplicate());
            try {
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            } catch (IOException e) {
                failed = true;
                throw StorageErrors.of("write", path, e);
            }
        }
    }
}
