package dev.tarn.lake.storage;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.state.Database;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32C;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What was written to each file of the warehouse: its size and the checksum (CRC-32C) of all its bytes, kept in the
/// database. Iceberg's files never change, so a file with another checksum is damaged.
///
/// Rows are saved in the transaction of the commit that makes the files count. A file that somebody else wrote is
/// taken as it is the first time that it is read here, and compared from then on.
public final class Digests {
    private static final Logger LOG = LoggerFactory.getLogger(Digests.class);
    private static final String SCHEMA = """
            CREATE TABLE file_digest (path TEXT PRIMARY KEY, bytes BIGINT NOT NULL, crc BIGINT NOT NULL);
            """;

    /// Files that are remembered as compared; beyond that all are forgotten, and compared again.
    private static final int CHECKED_MAX = 500_000;

    /// Digests that wait for a commit; more are saved without one.
    private static final int UNSAVED_MAX = 1_000;

    private static final int LOOK_UP_AT_ONCE = 500;
    private static final int WHOLE_BYTES_MAX = 1 << 20;

    private final Database database;
    private final Map<Path, Stamp> checked = new ConcurrentHashMap<>();
    private final Map<Path, Digest> unsaved = new ConcurrentHashMap<>();
    private final Set<Path> gone = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean saving = new AtomicBoolean();

    private Digests(Database database) {
        this.database = database;
    }

    private record Digest(long bytes, long crc) {}

    /// By which a change is noticed without reading.
    private record Stamp(long bytes, long modifiedNanos) {
        static Stamp of(Path file) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(attributes.size(), attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS));
        }
    }

    /// The digests in a database.
    public static Digests in(Database database) {
        database.migrate("file_digest", SCHEMA);
        return new Digests(database);
    }

    /// Remembers what was written to a file.
    void written(Path file, long bytes, long crc) {
        unsaved.put(file, new Digest(bytes, crc));
        checked.remove(file);
        saveSoon();
    }

    /// Reads a file that was just written, and remembers what it holds.
    void written(Path file) throws IOException {
        Stamp stamp = Stamp.of(file);
        unsaved.put(file, read(file));
        remember(file, stamp);
        saveSoon();
    }

    /// Forgets a file that was deleted.
    void deleted(Path file) {
        unsaved.remove(file);
        checked.remove(file);
        if (gone.size() < CHECKED_MAX) {
            gone.add(file);
        }
    }

    /// Compares files that were not compared since they last changed.
    ///
    /// @throws TarnException `DATA_CORRUPT` naming a file that differs or is missing
    void check(Collection<Path> files) {
        List<Path> unseen = new ArrayList<>();
        for (Path file : files) {
            try {
                if (!Stamp.of(file).equals(checked.get(file))) {
                    unseen.add(file);
                }
            } catch (NoSuchFileException e) {
                throw new TarnException(
                        ErrorCode.DATA_CORRUPT,
                        "the file " + file + " is missing, though the table needs it: restore it from a backup, or go"
                                + " back to a snapshot without it",
                        e);
            } catch (IOException e) {
                throw StorageErrors.of("read", file, e);
            }
        }
        if (unseen.isEmpty()) {
            return;
        }
        Map<Path, Digest> known = known(unseen);
        unseen.parallelStream().forEach(file -> {
            try {
                compare(file, known.get(file));
            } catch (IOException e) {
                throw StorageErrors.of("read", file, e);
            }
        });
    }

    private void compare(Path file, @org.jspecify.annotations.Nullable Digest expected) throws IOException {
        Stamp stamp = Stamp.of(file);
        Digest found = read(file);
        if (expected == null) {
            unsaved.put(file, found);
            saveSoon();
        } else if (!expected.equals(found)) {
            String what = expected.bytes() == found.bytes()
                    ? "its bytes are not those that were written"
                    : "it has " + found.bytes() + " bytes instead of " + expected.bytes();
            throw new TarnException(
                    ErrorCode.DATA_CORRUPT,
                    "the file " + file + " is damaged: " + what
                            + "; restore it from a backup, or go back to a snapshot without it");
        }
        remember(file, stamp);
    }

    private void remember(Path file, Stamp stamp) {
        if (checked.size() > CHECKED_MAX) {
            checked.clear();
        }
        checked.put(file, stamp);
    }

    private Map<Path, Digest> known(List<Path> files) {
        Map<Path, Digest> known = new HashMap<>();
        List<String> asked = new ArrayList<>();
        for (Path file : files) {
            Digest waiting = unsaved.get(file);
            if (waiting == null) {
                asked.add(file.toString());
            } else {
                known.put(file, waiting);
            }
        }
        for (int from = 0; from < asked.size(); from += LOOK_UP_AT_ONCE) {
            List<String> some = asked.subList(from, Math.min(asked.size(), from + LOOK_UP_AT_ONCE));
            database.read(handle -> handle.createQuery(
                                    "SELECT path, bytes, crc FROM file_digest WHERE path IN (<paths>)")
                            .bindList("paths", some)
                            .map((row, context) -> Map.entry(
                                    Path.of(row.getString("path")),
                                    new Digest(row.getLong("bytes"), row.getLong("crc"))))
                            .list())
                    .forEach(entry -> known.put(entry.getKey(), entry.getValue()));
        }
        return known;
    }

    private static Digest read(Path file) throws IOException {
        CRC32C crc = new CRC32C();
        long bytes = Files.size(file);
        if (bytes <= WHOLE_BYTES_MAX) {
            byte[] all = Files.readAllBytes(file);
            crc.update(all);
            return new Digest(all.length, crc.getValue());
        }
        bytes = 0;
        ByteBuffer buffer = ByteBuffer.allocateDirect(WHOLE_BYTES_MAX);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (channel.read(buffer.clear()) >= 0) {
                bytes += buffer.position();
                crc.update(buffer.flip());
            }
        }
        return new Digest(bytes, crc.getValue());
    }

    private void saveSoon() {
        if (unsaved.size() < UNSAVED_MAX || !saving.compareAndSet(false, true)) {
            return;
        }
        Thread.ofVirtual().name("save-digests").start(() -> {
            try {
                database.writing(this::save);
            } catch (RuntimeException e) {
                LOG.warn("Checksums of files were not saved yet: {}", e.getMessage());
            } finally {
                saving.set(false);
            }
        });
    }

    /// Saves what waits, in somebody's transaction.
    public void save(Handle handle) {
        Map<Path, Digest> rows = new TreeMap<>(unsaved); // in order, so that two that save never wait for each other
        List<Path> removed = gone.stream().sorted().toList();
        if (!rows.isEmpty()) {
            PreparedBatch batch = handle.prepareBatch("INSERT INTO file_digest (path, bytes, crc) VALUES (?, ?, ?) "
                    + "ON CONFLICT (path) DO UPDATE SET bytes = excluded.bytes, crc = excluded.crc");
            rows.forEach((file, digest) -> batch.add(file.toString(), digest.bytes(), digest.crc()));
            batch.execute();
        }
        if (!removed.isEmpty()) {
            PreparedBatch batch = handle.prepareBatch("DELETE FROM file_digest WHERE path = ?");
            removed.forEach(file -> batch.add(file.toString()));
            batch.execute();
        }
        handle.afterCommit(() -> {
            rows.forEach(unsaved::remove);
            removed.forEach(gone::remove);
        });
    }

    /// Saves what waits, before the database is closed.
    public void close() {
        if (unsaved.isEmpty() && gone.isEmpty()) {
            return;
        }
        try {
            database.writing(this::save);
        } catch (TarnException e) {
            LOG.warn("Checksums of {} files were not saved: {}", unsaved.size(), e.getMessage());
        }
    }
}
