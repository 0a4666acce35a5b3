package dev.tarn.govern.audit;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.state.Database;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/// The audit log: entries are only ever added. Entries that wait are written together, so that a busy server
/// pays for one database transaction and not for thousands; [#append] waits until its entry is durable,
/// [#appendSoon] does not. When entries come faster than the database takes them, callers are slowed down.
public final class AuditLog implements AutoCloseable {
    private static final Logger LOG = System.getLogger(AuditLog.class.getName());
    private static final int WAITING_MAX = 10_000;
    private static final int BATCH_MAX = 1_000;
    private static final long SOON_NANOS = 20_000_000;
    private static final String SCHEMA = """
            CREATE TABLE audit_log (
              id BIGINT PRIMARY KEY, at_micros BIGINT NOT NULL,
              user_name TEXT NOT NULL, client TEXT NOT NULL, proved INTEGER NOT NULL,
              action TEXT NOT NULL, object TEXT NOT NULL, outcome TEXT NOT NULL,
              took_micros BIGINT NOT NULL, detail TEXT NOT NULL);
            CREATE INDEX audit_log_at ON audit_log (at_micros);
            CREATE INDEX audit_log_user ON audit_log (user_name, at_micros);
            CREATE INDEX audit_log_object ON audit_log (object);
            """;

    private final Database database;
    private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(WAITING_MAX);
    private final Thread writer;
    private volatile boolean closing;

    /// @param waitedFor whether somebody does not go on before it is written
    private record Waiting(AuditEntry entry, boolean waitedFor, CompletableFuture<Void> written) {}

    private AuditLog(Database database) {
        this.database = database;
        this.writer = Thread.ofVirtual().name("audit").start(this::write);
    }

    /// Opens the log in a database.
    public static AuditLog open(Database database) {
        database.migrate("audit", SCHEMA);
        return new AuditLog(database);
    }

    /// Adds an entry and returns when it is durable.
    ///
    /// @throws TarnException `DATABASE_FAILED` when it could not be written; what it describes should then not
    ///     happen
    public void append(AuditEntry entry) {
        CompletableFuture<Void> written = submit(entry, true);
        try {
            written.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof TarnException failure) {
                throw failure;
            }
            throw new TarnException(ErrorCode.DATABASE_FAILED, "the audit log cannot be written", e);
        }
    }

    /// Adds an entry, which becomes durable within moments, or when the log is closed.
    public void appendSoon(AuditEntry entry) {
        var _ = submit(entry, false);
    }

    /// An interrupted thread's entry is taken too: that a statement was cancelled is worth knowing.
    private CompletableFuture<Void> submit(AuditEntry entry, boolean waitedFor) {
        Waiting waiting = new Waiting(entry, waitedFor, new CompletableFuture<>());
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    if (queue.offer(waiting, 1, TimeUnit.SECONDS)) {
                        break;
                    }
                } catch (InterruptedException e) {
                    interrupted = true;
                    continue;
                }
                if (closing) {
                    throw new TarnException(ErrorCode.UNAVAILABLE, "the audit log is closed");
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        // The writer stops only with an empty queue, or not at all when this comes after it has looked.
        if (closing && !writer.isAlive() && queue.remove(waiting)) {
            throw new TarnException(ErrorCode.UNAVAILABLE, "the audit log is closed");
        }
        return waiting.written();
    }

    private void write() {
        List<Waiting> batch = new ArrayList<>();
        while (!closing || !queue.isEmpty()) {
            try {
                Waiting first = queue.poll(100, TimeUnit.MILLISECONDS);
                if (first == null) {
                    continue;
                }
                batch.add(first);
                gather(batch);
                database.writing(handle -> {
                    if (!database.isSqlite()) {
                        // Ids stay in order among several processes; readers are not kept waiting.
                        handle.execute("LOCK TABLE audit_log IN EXCLUSIVE MODE");
                    }
                    insert(handle, batch);
                });
                batch.forEach(waiting -> waiting.written().complete(null));
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.log(Level.ERROR, batch.size() + " entries of the audit log could not be written", e);
                batch.forEach(waiting -> waiting.written().completeExceptionally(e));
            }
            batch.clear();
        }
    }

    /// Adds what waits, and while nobody waits for any of it, what comes soon: a commit for each small query would take
    /// longer than the query.
    private void gather(List<Waiting> batch) throws InterruptedException {
        long end = System.nanoTime() + SOON_NANOS;
        Waiting last = batch.getFirst();
        while (last != null && !last.waitedFor() && batch.size() < BATCH_MAX) {
            last = queue.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (last != null) {
                batch.add(last);
            }
        }
        queue.drainTo(batch, BATCH_MAX - batch.size());
    }

    private static void insert(Handle handle, List<Waiting> batch) {
        long id = handle.createQuery("SELECT COALESCE(MAX(id), 0) FROM audit_log")
                .mapTo(Long.class)
                .one();
        PreparedBatch rows = handle.prepareBatch("""
                INSERT INTO audit_log (id, at_micros, user_name, client, proved, action, object, outcome, took_micros, detail)
                VALUES (:id, :at, :user, :client, :proved, :action, :object, :outcome, :took, :detail)""");
        for (Waiting waiting : batch) {
            AuditEntry entry = waiting.entry();
            rows.bind("id", ++id)
                    .bind("at", micros(entry.at()))
                    .bind("user", entry.identity().user())
                    .bind("client", entry.identity().client())
                    .bind("proved", entry.identity().proved() ? 1 : 0)
                    .bind("action", entry.action())
                    .bind("object", entry.object())
                    .bind("outcome", entry.outcome())
                    .bind("took", entry.took().toNanos() / 1_000)
                    .bind("detail", entry.detail())
                    .add();
        }
        rows.execute();
    }

    /// The entries that a query asks for, the newest first.
    public List<AuditEntry> find(AuditQuery wanted) {
        StringBuilder sql = new StringBuilder("SELECT * FROM audit_log WHERE 1 = 1");
        wanted.user().ifPresent(user -> sql.append(" AND user_name = :user"));
        wanted.action().ifPresent(action -> sql.append(" AND action = :action"));
        wanted.object().ifPresent(object -> sql.append(" AND object = :object"));
        wanted.since().ifPresent(since -> sql.append(" AND at_micros >= :since"));
        wanted.until().ifPresent(until -> sql.append(" AND at_micros < :until"));
        sql.append(" ORDER BY id DESC LIMIT :limit");
        return database.read(handle -> {
            Query query = handle.createQuery(sql.toString()).bind("limit", wanted.limit());
            bind(query, "user", wanted.user().orElse(null));
            bind(query, "action", wanted.action().orElse(null));
            bind(query, "object", wanted.object().orElse(null));
            wanted.since().ifPresent(since -> query.bind("since", micros(since)));
            wanted.until().ifPresent(until -> query.bind("until", micros(until)));
            return query.map((row, context) -> new AuditEntry(
                            instant(row.getLong("at_micros")),
                            new Identity(
                                    row.getString("user_name"), row.getString("client"), row.getInt("proved") == 1),
                            row.getString("action"),
                            row.getString("object"),
                            row.getString("outcome"),
                            Duration.ofNanos(row.getLong("took_micros") * 1_000),
                            row.getString("detail")))
                    .list();
        });
    }

    private static void bind(Query query, String name, @Nullable String value) {
        if (value != null) {
            query.bind(name, value);
        }
    }

    private static long micros(Instant instant) {
        return instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1_000;
    }

    private static Instant instant(long micros) {
        return Instant.ofEpochSecond(Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1_000);
    }

    /// Writes what waits and stops.
    @Override
    public void close() {
        closing = true;
        try {
            writer.join(Duration.ofSeconds(30));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
