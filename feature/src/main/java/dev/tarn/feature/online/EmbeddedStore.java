package dev.tarn.feature.online;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The store in the process: all events in memory, each change first in a log on disk. The log is replaced by a
/// snapshot when it has grown long. `kill -9` loses nothing that was promised; what is damaged on disk is set
/// aside, for the store can be filled again from the tables.
public final class EmbeddedStore implements OnlineStore {
    private static final long LOG_BYTES_MIN = 64L << 20;

    private final Path folder;
    private final long bytesMax;
    private final FileChannel lockFile;
    private final Optional<String> setAside;
    private final Object writing = new Object();
    private final StoreState state;
    private volatile LogFile log;
    private long number;
    private long snapshotBytes;
    private @Nullable Thread snapshotting;

    /// Opens the store of a folder, which one process may have open.
    ///
    /// @param bytesMax what the events may take in memory
    /// @throws TarnException `UNAVAILABLE` when another process has it open, `STORAGE_FAILED`
    public static EmbeddedStore open(Path folder, long bytesMax) {
        try {
            Files.createDirectories(folder);
            FileChannel lockFile =
                    FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!isLocked(lockFile)) {
                lockFile.close();
                throw new TarnException(
                        ErrorCode.UNAVAILABLE,
                        "the online store in " + folder + " is in use: ask the server that runs, or stop it");
            }
            return new EmbeddedStore(folder, bytesMax, lockFile);
        } catch (IOException e) {
            throw failed(folder, e);
        }
    }

    private EmbeddedStore(Path folder, long bytesMax, FileChannel lockFile) throws IOException {
        this.folder = folder;
        this.bytesMax = bytesMax;
        this.lockFile = lockFile;
        StoreState loaded = new StoreState();
        Optional<String> damage = Optional.empty();
        try {
            load(loaded);
        } catch (TarnException e) {
            if (e.code() != ErrorCode.DATA_CORRUPT) {
                lockFile.close();
                throw e;
            }
            damage = Optional.of(setAside(String.valueOf(e.getMessage())));
            loaded = new StoreState();
            number = 0;
        }
        this.state = loaded;
        this.setAside = damage;
        this.log = LogFile.open(logPath(number));
        syncFolder();
    }

    /// What was damaged and set aside when it was opened.
    public Optional<String> setAside() {
        return setAside;
    }

    @Override
    public void append(Batch batch) {
        write(() -> {
            long bytes = batch.spaces().stream()
                    .flatMap(rows -> rows.rows().stream())
                    .mapToLong(row -> row.event().length)
                    .sum();
            if (bytes > 0 && state.bytes() + bytes > bytesMax) {
                throw new TarnException(
                        ErrorCode.LIMIT_EXCEEDED,
                        "the online store is full: it holds " + (state.bytes() >> 20) + " MB of " + (bytesMax >> 20)
                                + " MB. Write online-store: 4GB in one of features/*.yml, shorten the longest window, or use Redis");
            }
            return new StoreChange.Append(batch);
        });
    }

    @Override
    public void serve(String view, String space) {
        write(() -> new StoreChange.Serve(view, space));
    }

    @Override
    public void drop(String space) {
        write(() -> new StoreChange.Drop(space));
    }

    @Override
    public void expire(String space, long untilUs) {
        write(() -> new StoreChange.Expire(space, untilUs));
    }

    @Override
    public void written(long upTo) {
        write(() -> new StoreChange.Written(upTo));
    }

    @Override
    public List<Events> read(String space, List<String> keys, long afterUs) {
        return state.read(space, keys);
    }

    @Override
    public Optional<String> position(String space) {
        return state.position(space);
    }

    @Override
    public Optional<String> serving(String view) {
        return state.serving(view);
    }

    @Override
    public List<String> spaces() {
        return state.spaces();
    }

    @Override
    public List<Pushed> pushed(int atMost) {
        synchronized (writing) {
            return state.pushed(atMost);
        }
    }

    @Override
    public Stats stats() {
        return new Stats("embedded", state.entities(), state.bytes());
    }

    @Override
    public void close() {
        Thread running;
        synchronized (writing) {
            running = snapshotting;
        }
        try {
            if (running != null) {
                running.join();
            }
            synchronized (writing) {
                log.sync(log.written());
                log.close();
            }
            lockFile.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw failed(folder, e);
        }
    }

    private interface Change {
        StoreChange make();
    }

    /// Log first, then memory, both in one order; then wait for the disk together with whoever else waits.
    private void write(Change change) {
        LogFile to;
        long upTo;
        synchronized (writing) {
            StoreChange made = change.make();
            to = log;
            upTo = to.append(made::writeTo);
            state.apply(made);
            if (upTo > Math.max(LOG_BYTES_MIN, 2 * snapshotBytes) && snapshotting == null) {
                rotate();
            }
        }
        to.sync(upTo);
    }

    /// Writes a snapshot now, in place of the log. For tests and before a backup.
    void compact() {
        Thread running;
        synchronized (writing) {
            if (snapshotting == null) {
                rotate();
            }
            running = snapshotting;
        }
        try {
            if (running != null) {
                running.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Starts the next log, and writes what was before it as a snapshot beside the work.
    private void rotate() {
        try {
            log.sync(log.written());
            log.close();
            number++;
            log = LogFile.open(logPath(number));
            syncFolder();
            long of = number;
            List<StoreChange> all = state.everything();
            snapshotting = Thread.ofPlatform().name("online-snapshot").start(() -> snapshot(of, all));
        } catch (IOException e) {
            throw failed(folder, e);
        }
    }

    private void snapshot(long of, List<StoreChange> all) {
        Path unfinished = folder.resolve("snapshot-" + of + ".tmp");
        try {
            Files.deleteIfExists(unfinished);
            long bytes;
            try (LogFile file = LogFile.open(unfinished)) {
                all.forEach(change -> file.append(change::writeTo));
                file.sync(file.written());
                bytes = file.written();
            }
            Files.move(unfinished, folder.resolve("snapshot-" + of), StandardCopyOption.ATOMIC_MOVE);
            syncFolder();
            for (Path old : files()) {
                if (numberOf(old).orElse(of) < of) {
                    Files.delete(old);
                }
            }
            synchronized (writing) {
                snapshotBytes = bytes;
            }
        } catch (IOException e) {
            // The logs still hold everything: the next one that grows long tries again.
            System.getLogger(EmbeddedStore.class.getName())
                    .log(System.Logger.Level.WARNING, "The snapshot of the online store failed", e);
        } finally {
            synchronized (writing) {
                snapshotting = null;
            }
        }
    }

    private void load(StoreState into) throws IOException {
        long from = -1;
        for (Path file : files()) {
            if (file.getFileName().toString().startsWith("snapshot-")) {
                from = Math.max(from, numberOf(file).orElse(-1));
            }
        }
        if (from >= 0) {
            Path snapshot = folder.resolve("snapshot-" + from);
            LogFile.read(snapshot, false, in -> into.apply(StoreChange.read(in)));
            snapshotBytes = Files.size(snapshot);
        }
        long least = from;
        List<Path> logs = files().stream()
                .filter(file -> file.getFileName().toString().startsWith("log-"))
                .filter(file -> numberOf(file).orElse(-1) >= least)
                .sorted(java.util.Comparator.comparingLong(
                        file -> numberOf(file).orElse(-1)))
                .toList();
        for (Path file : logs) {
            LogFile.read(file, file.equals(logs.getLast()), in -> into.apply(StoreChange.read(in)));
        }
        number = logs.isEmpty() ? Math.max(from, 0) : numberOf(logs.getLast()).orElse(0);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> numberOf(file).isPresent()).sorted().toList();
        }
    }

    private static OptionalLong numberOf(Path file) {
        String name = file.getFileName().toString();
        return name.matches("(log|snapshot)-\\d{1,18}")
                ? OptionalLong.of(Long.parseLong(name, name.indexOf('-') + 1, name.length(), 10))
                : OptionalLong.empty();
    }

    private String setAside(String why) throws IOException {
        Path aside = folder.resolve("damaged-" + Instant.now().toEpochMilli());
        Files.createDirectories(aside);
        for (Path file : new ArrayList<>(files())) {
            Files.move(file, aside.resolve(file.getFileName()));
        }
        return why + "; the files are kept in " + aside
                + ". Features are filled again from the tables; pushed rows that were not yet in a table are in"
                + " those files only";
    }

    private Path logPath(long of) {
        return folder.resolve("log-" + of);
    }

    private void syncFolder() throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private static TarnException failed(Path folder, IOException e) {
        return new TarnException(
                ErrorCode.STORAGE_FAILED, "the online store in " + folder + " failed: " + e.getMessage(), e);
    }
}
