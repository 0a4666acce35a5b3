package dev.tarn.serve.receipt;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/// Lines in files of one folder. A line is with the operating system when [#append] returns, so that the
/// process may die; [#sync], called every tenth of a second, brings it to the disk, so that the machine may.
final class SegmentLog implements AutoCloseable {
    private static final String OPEN = ".open";
    private static final String SEALED = ".jsonl";

    private final Path folder;
    private final ReentrantLock lock = new ReentrantLock();
    private FileChannel channel;
    private Path current;
    private boolean empty = true;

    /// Opens the folder; what another process or an earlier one left half-written is sealed.
    SegmentLog(Path folder) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
            for (Path left : list(OPEN)) {
                cutTornLine(left);
                Files.move(left, sealed(left));
            }
            current = fresh();
            channel = open(current);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /// A line that the end of a process or of the power tore is no receipt: it was never answered.
    private static void cutTornLine(Path file) throws IOException {
        try (FileChannel left = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long end = left.size();
            ByteBuffer one = ByteBuffer.allocate(1);
            while (end > 0) {
                one.clear();
                left.read(one, end - 1);
                if (one.get(0) == '\n') {
                    break;
                }
                end--;
            }
            left.truncate(end);
        }
    }

    /// @param batch whole lines, each with its end
    void append(byte[] batch) {
        ByteBuffer bytes = ByteBuffer.wrap(batch);
        lock.lock();
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            empty = false;
        } catch (IOException e) {
            throw failed(e);
        } finally {
            lock.unlock();
        }
    }

    void sync() {
        FileChannel now;
        lock.lock();
        try {
            now = channel;
        } finally {
            lock.unlock();
        }
        try {
            now.force(false);
        } catch (java.nio.channels.ClosedChannelException e) {
            // Sealed meanwhile, which brought it to the disk.
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /// Ends the file that is written to, when it has lines, and starts another; whoever appends does not wait until
    /// the ended one is on the disk.
    void seal() {
        try {
            Path ended;
            FileChannel last;
            lock.lock();
            try {
                if (empty) {
                    return;
                }
                ended = current;
                last = channel;
                current = fresh();
                channel = open(current);
                empty = true;
            } finally {
                lock.unlock();
            }
            last.force(false);
            last.close();
            Files.move(ended, sealed(ended));
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /// The ended files, oldest first.
    List<Path> sealed() {
        return list(SEALED);
    }

    /// The line that holds a text, in any of the files.
    Optional<String> find(String text) {
        List<Path> files = new ArrayList<>(list(SEALED));
        files.addAll(list(OPEN));
        for (Path file : files) {
            try (Stream<String> all = Files.lines(file)) {
                Optional<String> found = all.filter(line -> line.contains(text) && line.endsWith("}"))
                        .findFirst();
                if (found.isPresent()) {
                    return found;
                }
            } catch (IOException | java.io.UncheckedIOException e) {
                // Moved on to the table meanwhile.
            }
        }
        return Optional.empty();
    }

    private List<Path> list(String ending) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private Path fresh() {
        return folder.resolve(String.format("%013d-%s%s", System.currentTimeMillis(), UUID.randomUUID(), OPEN));
    }

    private static Path sealed(Path open) {
        String name = open.getFileName().toString();
        return open.resolveSibling(name.substring(0, name.length() - OPEN.length()) + SEALED);
    }

    private static FileChannel open(Path file) throws IOException {
        return FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    }

    private TarnException failed(IOException e) {
        return new TarnException(
                ErrorCode.STORAGE_FAILED, "the receipts in " + folder + " cannot be kept: " + e.getMessage(), e);
    }

    @Override
    public void close() {
        seal();
        lock.lock();
        try {
            channel.close();
            Files.deleteIfExists(current);
        } catch (IOException e) {
            throw failed(e);
        } finally {
            lock.unlock();
        }
    }
}
