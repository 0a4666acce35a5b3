package dev.tarn.query.protocol;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.query.Cancellation;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.StatementInfo;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// The statements that clients may still ask for, and the history of those that ended.
///
/// A statement is open until its client has the last answer. Then only that answer, which has few rows or none, is
/// kept for a client that asks for it again; such statements take nobody's place in the line.
final class Statements implements AutoCloseable {
    private static final DateTimeFormatter ID_TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss").withZone(ZoneOffset.UTC);

    private final ProtocolLimits limits;
    private final Spool spool;
    private final Consumer<StatementInfo> ended;
    private final Semaphore running;
    // Kept for the next statement: in a thread's first one DuckDB's allocator takes longer than a small query does.
    private final ExecutorService workers = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("statement-", 0).factory());
    private final Map<String, Statement> open = new ConcurrentHashMap<>();
    private final Map<String, StreamedStatement> streamed = new ConcurrentHashMap<>();
    private final Map<String, Statement> answered = new LinkedHashMap<>(); // oldest first; guarded by itself
    private final Deque<StatementInfo> history = new ArrayDeque<>(); // newest first; guarded by itself
    private final AtomicLong sequence = new AtomicLong();
    private final SecureRandom random = new SecureRandom();
    private final String suffix = hex(3).substring(0, 5);
    private final Thread keeper;

    /// @param ended is told of each statement once, after it ended
    Statements(ProtocolLimits limits, Spool spool, Consumer<StatementInfo> ended) {
        this.limits = limits;
        this.spool = spool;
        this.ended = ended;
        this.running = new Semaphore(limits.running(), true);
        this.keeper = Thread.ofVirtual().name("statements").start(this::keep);
    }

    Statement create(String sql, ClientRequest client) {
        String id = newId();
        Statement statement = new Statement(id, "x" + hex(16), sql, client, limits, spool, ended);
        open.put(id, statement);
        return statement;
    }

    private String newId() {
        if (open.size() + streamed.size() >= limits.running() + limits.waiting()) {
            throw new TarnException(
                    ErrorCode.LIMIT_EXCEEDED,
                    "more than " + limits.waiting() + " statements wait in line; try again later");
        }
        return ID_TIME.format(Instant.now()) + "_" + String.format("%05d", sequence.incrementAndGet()) + "_" + suffix;
    }

    /// Runs a statement on this thread, after it has waited in line with all others.
    ///
    /// @throws Exception the statement's failure, or the reader's
    void stream(
            Supplier<QueryEngine> engine,
            QuerySession session,
            String sql,
            Cancellation cancellation,
            TrinoFace.RowsReader reader)
            throws Exception {
        StreamedStatement statement = new StreamedStatement(newId(), session, sql, cancellation);
        streamed.put(statement.id(), statement);
        Throwable failure = null;
        try {
            running.acquire();
            try {
                cancellation.check();
                statement.reached(Statement.State.PLANNING);
                try (QueryResult result = engine.get().execute(session, sql, cancellation)) {
                    statement.reached(Statement.State.RUNNING);
                    reader.read(result, statement::made);
                }
            } finally {
                running.release();
            }
        } catch (Throwable thrown) {
            failure = thrown;
        }
        Throwable told = statement.ended(failure);
        streamed.remove(statement.id());
        StatementInfo info = statement.info();
        remember(info);
        ended.accept(info);
        switch (told) {
            case null -> {}
            case Exception exception -> throw exception;
            case Error error -> throw error;
            default -> throw new IllegalStateException(told);
        }
    }

    Statement find(String id, String slug) {
        Statement statement = open.get(id);
        if (statement == null) {
            synchronized (answered) {
                statement = answered.get(id);
            }
        }
        if (statement == null || !statement.slug().equals(slug)) {
            throw new TarnException(ErrorCode.NOT_FOUND, "there is no statement " + id);
        }
        return statement;
    }

    /// The client has the last answer of a statement.
    void answered(Statement statement) {
        synchronized (answered) {
            if (open.remove(statement.id()) != null) {
                answered.put(statement.id(), statement);
            }
            while (answered.size() > limits.history()) {
                forget(answered.values().iterator().next());
            }
        }
    }

    /// Starts a statement, if nobody has yet; it runs when it has waited in line.
    void start(Statement statement, Supplier<QueryEngine> engine) {
        statement.startOnce(engine, running, workers);
    }

    Optional<StatementInfo> info(String id) {
        return all().stream().filter(info -> info.id().equals(id)).findFirst();
    }

    /// Open statements and the history, newest first.
    List<StatementInfo> all() {
        List<StatementInfo> all = new ArrayList<>();
        synchronized (answered) {
            open.values().forEach(statement -> all.add(statement.info()));
            streamed.values().forEach(statement -> all.add(statement.info()));
            answered.values().forEach(statement -> all.add(statement.info()));
            synchronized (history) {
                all.addAll(history);
            }
        }
        all.sort((a, b) -> b.created().compareTo(a.created()));
        return all;
    }

    /// Ends a statement whose client wants no more of it.
    void leave(Statement statement, TarnException reason) {
        statement.cancel(reason);
        spool.drop(statement);
    }

    /// Ends the statement with this id, if it runs. Its client can fetch what it was told of, and then reads why.
    void kill(String id, TarnException reason) {
        Optional.ofNullable(open.get(id)).ifPresent(statement -> statement.cancel(reason));
        Optional.ofNullable(streamed.get(id)).ifPresent(statement -> statement.cancel(reason));
    }

    private void keep() {
        try {
            while (true) {
                Thread.sleep(Math.min(5_000, limits.keptAfterEnd().toMillis() / 2 + 1));
                sweep(System.nanoTime());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void sweep(long nowNanos) {
        for (Statement statement : List.copyOf(open.values())) {
            if (statement.abandoned(nowNanos)) {
                leave(
                        statement,
                        new TarnException(
                                ErrorCode.CANCELLED,
                                "the statement was cancelled: its client asked for nothing for "
                                        + limits.abandonedAfter().toSeconds() + " s"));
            }
        }
        spool.sweep(Instant.now());
        synchronized (answered) {
            Stream.concat(open.values().stream(), answered.values().stream())
                    .filter(statement -> statement.over(nowNanos))
                    .toList()
                    .forEach(this::forget);
        }
    }

    /// Keeps only what the history tells of a statement. The caller holds the lock of `answered`.
    private void forget(Statement statement) {
        open.remove(statement.id());
        answered.remove(statement.id());
        remember(statement.info());
    }

    private void remember(StatementInfo info) {
        synchronized (history) {
            history.addFirst(info);
            while (history.size() > limits.history()) {
                history.removeLast();
            }
        }
    }

    /// Cancels all statements.
    @Override
    public void close() {
        keeper.interrupt();
        TarnException reason = new TarnException(ErrorCode.UNAVAILABLE, "the server stops");
        for (Statement statement : open.values()) {
            statement.cancel(reason);
        }
        streamed.values().forEach(statement -> statement.cancel(reason));
        workers.shutdown();
        spool.close();
    }

    private String hex(int bytes) {
        byte[] some = new byte[bytes];
        random.nextBytes(some);
        return HexFormat.of().formatHex(some);
    }
}
