package dev.tarn.query.protocol;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.storage.StorageErrors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Segments that wait for their clients, as files of a folder that is this server's alone. A segment goes when its
/// client acknowledges it, when its statement is cancelled, and when its time is over; all go when the server starts
/// and when it stops.
///
/// Trino's clients fetch segments without saying who they are, so that a segment's id is what proves that they may:
/// 128 random bits, which only the answer to the statement's own client names.
final class Spool implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Spool.class);
    private static final int ID_BYTES = 16;

    private final Path folder;
    private final long bytesMax;
    private final Duration keep;
    private final Map<String, Entry> entries = new ConcurrentHashMap<>();
    private final AtomicLong bytes = new AtomicLong();
    private final SecureRandom random = new SecureRandom();

    /// A segment in the folder.
    record Entry(String id, Statement owner, int bytes, Instant expires) {}

    private Spool(Path folder, long bytesMax, Duration keep) {
        this.folder = folder;
        this.bytesMax = bytesMax;
        this.keep = keep;
    }

    /// Opens the folder, which is made when it is first needed, and deletes what an earlier server left there.
    static Spool open(Path folder, long bytesMax, Duration keep) {
        Spool spool = new Spool(folder, bytesMax, keep);
        spool.empty();
        return spool;
    }

    /// Keeps a segment.
    ///
    /// @return empty when there is no room
    /// @throws TarnException `STORAGE_FAILED` when it cannot be written
    Optional<Entry> add(Statement owner, ByteBuffer data) {
        int length = data.remaining();
        if (bytes.addAndGet(length) > bytesMax) {
            bytes.addAndGet(-length);
            return Optional.empty();
        }
        Entry entry = new Entry(newId(), owner, length, Instant.now().plus(keep));
        try {
            write(entry, data.duplicate());
        } catch (IOException e) {
            bytes.addAndGet(-length);
            delete(file(entry.id));
            throw StorageErrors.of("write rows for a client to", file(entry.id), e);
        }
        entries.put(entry.id, entry);
        return Optional.of(entry);
    }

    private void write(Entry entry, ByteBuffer data) throws IOException {
        Files.createDirectories(folder);
        try (FileChannel file =
                FileChannel.open(file(entry.id), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            while (data.hasRemaining()) {
                file.write(data);
            }
        }
    }

    /// A segment's bytes, as often as they are asked for.
    ///
    /// @throws TarnException `NOT_FOUND` when it is not there any more, `FORBIDDEN` when it is somebody else's
    InputStream read(String id, Identity who) {
        Entry entry = find(id, who);
        try {
            return Files.newInputStream(file(entry.id));
        } catch (NoSuchFileException e) {
            throw gone(id);
        } catch (IOException e) {
            throw StorageErrors.of("read", file(entry.id), e);
        }
    }

    /// A client has a segment.
    ///
    /// @throws TarnException as for [#read]
    void acknowledge(String id, Identity who) {
        remove(find(id, who).id);
    }

    void remove(String id) {
        Entry entry = entries.remove(id);
        if (entry != null) {
            delete(file(id));
            bytes.addAndGet(-entry.bytes);
        }
    }

    /// Removes all segments of a statement.
    void drop(Statement owner) {
        for (Entry entry : List.copyOf(entries.values())) {
            if (entry.owner.equals(owner)) {
                remove(entry.id);
            }
        }
    }

    /// Removes the segments whose time is over.
    void sweep(Instant now) {
        for (Entry entry : List.copyOf(entries.values())) {
            if (now.isAfter(entry.expires)) {
                remove(entry.id);
            }
        }
    }

    @Override
    public void close() {
        entries.clear();
        empty();
    }

    private Entry find(String id, Identity who) {
        Entry entry = entries.get(id);
        if (entry == null) {
            throw gone(id);
        }
        Identity owner = entry.owner.client().session().identity();
        boolean unsaid = !who.proved() && who.user().equals(Identity.ANONYMOUS);
        if (!unsaid && !who.user().equals(owner.user())) {
            throw new TarnException(
                    ErrorCode.FORBIDDEN,
                    "segment " + id + " is of a statement of another user than '" + who.user() + "'");
        }
        entry.owner.heartbeat();
        return entry;
    }

    private TarnException gone(String id) {
        return new TarnException(
                ErrorCode.NOT_FOUND,
                "there is no segment " + id + " (any more): segments are kept until they are acknowledged, until their "
                        + "statement is cancelled, and for " + keep.toSeconds()
                        + " s at most (spooling.keep); run the statement again");
    }

    private String newId() {
        byte[] some = new byte[ID_BYTES];
        random.nextBytes(some);
        return HexFormat.of().formatHex(some);
    }

    private Path file(String id) {
        return folder.resolve(id);
    }

    private void empty() {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            files.forEach(Spool::delete);
        } catch (IOException e) {
            throw StorageErrors.of("read", folder, e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            log.warn("cannot delete {}", file, e);
        }
    }
}
