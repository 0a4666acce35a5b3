package dev.tarn.model.training;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.state.Database;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps trainings of one file from running at the same time, in this process or others. A holder says every few
/// seconds that it is alive; one that died is followed at once on its own machine, elsewhere after two minutes.
public final class TrainingLease {
    private static final Logger log = LoggerFactory.getLogger(TrainingLease.class);
    private static final Duration SILENCE_MAX = Duration.ofMinutes(2);
    private static final Duration BEAT = Duration.ofSeconds(10);
    private static final Duration LOOK = Duration.ofMillis(200);

    private static final String SCHEMA = """
            CREATE TABLE ml_training_lease (
              training TEXT PRIMARY KEY, token TEXT NOT NULL, host TEXT NOT NULL, pid BIGINT NOT NULL,
              process_started BIGINT NOT NULL, heard_at BIGINT NOT NULL);
            """;

    private final Database database;
    private final Duration waitMax;

    /// @param waitMax how long to wait for another training of the same file
    public TrainingLease(Database database, Duration waitMax) {
        database.migrate("training", SCHEMA);
        this.database = database;
        this.waitMax = waitMax;
    }

    /// Works while no other training of this name does.
    ///
    /// @throws TarnException `RUN_IN_PROGRESS` when another one takes too long
    <T> T holding(String training, Supplier<T> work) {
        String token = UUID.randomUUID().toString();
        take(training, token);
        Thread beating = Thread.ofVirtual().name("training-lease").start(() -> beat(training, token));
        try {
            return work.get();
        } finally {
            beating.interrupt();
            database.writing(handle ->
                    handle.execute("DELETE FROM ml_training_lease WHERE training = ? AND token = ?", training, token));
        }
    }

    /// Whether a training of this name is under way.
    public boolean isHeld(String training) {
        return database.read(handle -> holder(handle, training)).isPresent();
    }

    private void take(String training, String token) {
        long until = System.nanoTime() + waitMax.toNanos();
        while (true) {
            Optional<String> other = database.write(handle -> {
                Optional<String> holder = holder(handle, training);
                if (holder.isEmpty()) {
                    handle.execute("DELETE FROM ml_training_lease WHERE training = ?", training);
                    handle.createUpdate("INSERT INTO ml_training_lease (training, token, host, pid, process_started, "
                                    + "heard_at) VALUES (:training, :token, :host, :pid, :started, :now)")
                            .bind("training", training)
                            .bind("token", token)
                            .bind("host", host())
                            .bind("pid", ProcessHandle.current().pid())
                            .bind("started", startedAt(ProcessHandle.current()))
                            .bind("now", System.currentTimeMillis())
                            .execute();
                }
                return holder;
            });
            if (other.isEmpty()) {
                return;
            }
            if (System.nanoTime() >= until) {
                throw new TarnException(
                        ErrorCode.RUN_IN_PROGRESS,
                        "the training '" + training + "' is under way in " + other.get() + ": wait until it has ended");
            }
            pause(LOOK);
        }
    }

    private static Optional<String> holder(Handle handle, String training) {
        return handle.createQuery(
                        "SELECT host, pid, process_started, heard_at FROM ml_training_lease WHERE training = :t")
                .bind("t", training)
                .map((row, context) -> {
                    boolean alive = row.getString(1).equals(host())
                            ? isAlive(row.getLong(2), row.getLong(3))
                            : Instant.ofEpochMilli(row.getLong(4))
                                    .isAfter(Instant.now().minus(SILENCE_MAX));
                    return alive
                            ? Optional.of("process " + row.getLong(2) + " on " + row.getString(1))
                            : Optional.<String>empty();
                })
                .findOne()
                .flatMap(found -> found);
    }

    private void beat(String training, String token) {
        try {
            while (true) {
                Thread.sleep(BEAT);
                database.writing(handle -> handle.execute(
                        "UPDATE ml_training_lease SET heard_at = ? WHERE training = ? AND token = ?",
                        System.currentTimeMillis(),
                        training,
                        token));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TarnException e) {
            log.warn("the training {} cannot note that it is alive: {}", training, e.describe());
        }
    }

    private static boolean isAlive(long pid, long started) {
        return ProcessHandle.of(pid)
                .map(process -> process.isAlive() && startedAt(process) == started)
                .orElse(false);
    }

    private static long startedAt(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TarnException(ErrorCode.CANCELLED, "the training was interrupted", e);
        }
    }
}
