package dev.tarn.lake.state;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.HandleConsumer;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/// The one database behind the catalog and every other part's state: SQLite or PostgreSQL, spoken to in
/// the SQL that both accept.
///
/// Write with [#write], which queues writers of this process fairly; other processes are waited for up to
/// a limit. A committed write is on the disk.
public final class Database implements AutoCloseable {
    /// How long a writer waits for writers in other processes.
    public static final Duration BUSY_TIMEOUT = Duration.ofSeconds(30);

    /// How long a connection to PostgreSQL is waited for, and how long an answer of its.
    private static final Duration REACH_TIMEOUT = Duration.ofSeconds(10);

    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

    private static final int CONNECTIONS_MAX = 8;
    private static final Pattern STATEMENT_END = Pattern.compile(";\\s*(?:\\n|$)");
    private static final long LOOK_AGAIN_NANOS = 10_000_000;
    private static final long MIGRATION_LOCK = 0x7461726eL;

    private final HikariDataSource pool;
    private final Jdbi jdbi;
    private final boolean sqlite;
    private final String name;
    private final @Nullable CommitProbe probe;
    private final ReentrantLock writer = new ReentrantLock(true);

    private Database(HikariDataSource pool, @Nullable SQLiteDataSource file, String name) {
        this.pool = pool;
        this.jdbi = Jdbi.create(pool);
        this.sqlite = file != null;
        this.name = name;
        this.probe = file == null ? null : new CommitProbe(file);
    }

    /// Connects, making a SQLite file when there is none.
    ///
    /// @throws TarnException `DATABASE_FAILED` when it cannot be reached or opened
    public static Database open(DatabaseConfig config) {
        HikariConfig hikari = new HikariConfig();
        hikari.setMaximumPoolSize(CONNECTIONS_MAX);
        hikari.setPoolName("tarn");
        hikari.setConnectionTimeout(BUSY_TIMEOUT.toMillis());
        @Nullable SQLiteDataSource source = null;
        String name = switch (config) {
            case DatabaseConfig.Sqlite(Path file) -> {
                makeParent(file);
                source = sqlite(file);
                hikari.setDataSource(source);
                hikari.setMinimumIdle(1);
                yield file.toString();
            }
            case DatabaseConfig.Postgres postgres -> {
                hikari.setJdbcUrl(postgres.jdbcUrl());
                hikari.setConnectionTimeout(REACH_TIMEOUT.toMillis());
                // A server that is gone without a word is not waited for without end; an address may say otherwise.
                hikari.addDataSourceProperty("socketTimeout", Long.toString(ANSWER_TIMEOUT.toSeconds()));
                hikari.addDataSourceProperty("tcpKeepAlive", "true");
                hikari.setUsername(postgres.user());
                hikari.setPassword(postgres.password());
                hikari.setMinimumIdle(1);
                yield postgres.jdbcUrl();
            }
        };
        try {
            HikariDataSource pool = new HikariDataSource(hikari);
            return new Database(pool, source, name);
        } catch (RuntimeException e) {
            throw new TarnException(
                    ErrorCode.DATABASE_FAILED, "cannot open the database " + name + ": " + rootMessage(e), e);
        }
    }

    private static void makeParent(Path file) {
        try {
            Path parent = file.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
        } catch (IOException e) {
            throw new TarnException(
                    ErrorCode.DATABASE_FAILED, "cannot make the folder of the database " + file + ": " + e, e);
        }
    }

    private static SQLiteDataSource sqlite(Path file) {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setBusyTimeout((int) BUSY_TIMEOUT.toMillis());
        config.enforceForeignKeys(true);
        // A transaction takes the write lock at its start, so that none fails half-way for want of it.
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + file);
        return source;
    }

    /// For reading, and for statements that [#read] and [#write] do not fit. Its exceptions are Jdbi's own.
    public Jdbi jdbi() {
        return jdbi;
    }

    /// Whether the state lives in a SQLite file.
    public boolean isSqlite() {
        return sqlite;
    }

    /// A number that is another one whenever anything was committed since, by this process or another: as long as it
    /// stays, what was read before is still so. Takes a few microseconds. PostgreSQL has no such number to give
    /// cheaply; there it is another one after 10 ms at the latest.
    public long version() {
        CommitProbe cheap = probe;
        if (cheap == null) {
            return System.nanoTime() / LOOK_AGAIN_NANOS;
        }
        try {
            return cheap.version();
        } catch (SQLException e) {
            throw new TarnException(
                    ErrorCode.DATABASE_FAILED, "the database " + name + " failed: " + e.getMessage(), e);
        }
    }

    /// Runs statements that only read, outside a transaction.
    public <T extends @Nullable Object> T read(HandleCallback<T, RuntimeException> work) {
        try {
            return jdbi.withHandle(work);
        } catch (JdbiException e) {
            throw failed(e);
        }
    }

    /// Runs statements in one transaction that writes: all of them happen, durably, or none.
    public <T extends @Nullable Object> T write(HandleCallback<T, RuntimeException> work) {
        if (sqlite) {
            writer.lock();
        }
        try {
            return jdbi.inTransaction(work);
        } catch (JdbiException e) {
            throw failed(e);
        } finally {
            if (sqlite) {
                writer.unlock();
            }
        }
    }

    /// Like [#writing], for what may as well be written a moment later: within a transaction of this thread
    /// it waits for that transaction's end, which it would otherwise wait for in vain.
    public void writingSoon(HandleConsumer<RuntimeException> work) {
        if (writer.isHeldByCurrentThread()) {
            Thread.ofVirtual().name("write later").start(() -> writing(work));
        } else {
            writing(work);
        }
    }

    /// Like [#write], without a result.
    public void writing(HandleConsumer<RuntimeException> work) {
        write(handle -> {
            work.useHandle(handle);
            return true;
        });
    }

    /// Brings a component's tables to the newest version that this program knows.
    ///
    /// @param component whose tables they are, such as `catalog`
    /// @param scripts the statements that lead from version `i` to `i + 1`, each ended by `;` at a line's end;
    ///     `{bytes}` stands for the type of byte strings. A script, once released, never changes.
    /// @throws TarnException `WAREHOUSE_TOO_NEW` when a newer program has been here
    public void migrate(String component, String... scripts) {
        writing(handle -> {
            if (!sqlite) {
                handle.createQuery("SELECT 1 FROM (SELECT pg_advisory_xact_lock(:key)) AS locked")
                        .bind("key", MIGRATION_LOCK)
                        .mapTo(Integer.class)
                        .one();
            }
            handle.execute(
                    "CREATE TABLE IF NOT EXISTS tarn_component (component TEXT PRIMARY KEY, version INTEGER NOT NULL)");
            int version = handle.createQuery("SELECT version FROM tarn_component WHERE component = :component")
                    .bind("component", component)
                    .mapTo(Integer.class)
                    .findOne()
                    .orElse(0);
            if (version > scripts.length) {
                throw new TarnException(
                        ErrorCode.WAREHOUSE_TOO_NEW,
                        "the database " + name + " was written by a newer Tarn ('" + component + "' is at version "
                                + version + ", this program knows " + scripts.length + "): use that newer Tarn");
            }
            for (int i = version; i < scripts.length; i++) {
                run(handle, scripts[i]);
            }
            if (version < scripts.length) {
                handle.createUpdate("INSERT INTO tarn_component (component, version) VALUES (:component, :version) "
                                + "ON CONFLICT (component) DO UPDATE SET version = excluded.version")
                        .bind("component", component)
                        .bind("version", scripts.length)
                        .execute();
            }
        });
    }

    private void run(Handle handle, String script) {
        String text = script.replace("{bytes}", sqlite ? "BLOB" : "BYTEA");
        STATEMENT_END.splitAsStream(text).filter(each -> !each.isBlank()).forEach(handle::execute);
    }

    @Override
    public void close() {
        CommitProbe cheap = probe;
        if (cheap != null) {
            cheap.close();
        }
        pool.close();
    }

    /// Whether it answers within a time.
    public boolean answers(Duration atMost) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        Thread.ofVirtual().name("database-answers").start(() -> {
            try (Connection connection = pool.getConnection()) {
                answer.complete(connection.isValid((int) Math.max(1, atMost.toSeconds())));
            } catch (SQLException e) {
                answer.complete(false);
            }
        });
        return answer.completeOnTimeout(false, atMost.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }

    private TarnException failed(JdbiException e) {
        return new TarnException(
                ErrorCode.DATABASE_FAILED,
                isAway(e)
                        ? "cannot reach the database " + name + ": " + rootMessage(e)
                                + " (what asked for it can be repeated once it is there again; runs wait for it)"
                        : "the database " + name + " failed: " + rootMessage(e),
                e);
    }

    /// Whether the server could not be reached, went away or is about to.
    private static boolean isAway(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLTransientConnectionException
                    || (cause instanceof SQLException failure
                            && failure.getSQLState() != null
                            && (failure.getSQLState().startsWith("08")
                                    || failure.getSQLState().startsWith("57P")))) {
                return true;
            }
        }
        return false;
    }

    private static String rootMessage(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null
                && (!(cause instanceof SQLException) || cause instanceof SQLTransientConnectionException)) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }
}
