package dev.tarn.orchestrate;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.state.Database;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Waits for a database that is away: what has to be written there is tried until it answers again.
public final class Patience {
    private static final Logger LOG = System.getLogger(Patience.class.getName());

    /// How long a database may be away.
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private static final Duration ANSWER = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofMillis(500);

    /// How often something is tried while the database answers: then it was away for a moment, or something else is
    /// wrong.
    private static final int TRIES = 3;

    private final Database database;

    public Patience(Database database) {
        this.database = database;
    }

    /// Does something that may be done twice, once the database is there.
    public <T extends @Nullable Object> T with(Supplier<T> work) {
        for (int tries = 1; ; tries++) {
            try {
                return work.get();
            } catch (RuntimeException e) {
                if (!isAway(e) || tries >= TRIES || !awaitDatabase()) {
                    throw e;
                }
            }
        }
    }

    /// Like [#with], without a result.
    public void doing(Runnable work) {
        with(() -> {
            work.run();
            return true;
        });
    }

    /// Whether a failure comes from a database that could not be reached.
    public static boolean isAway(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof TarnException known && known.code() == ErrorCode.DATABASE_FAILED) {
                return true;
            }
        }
        return false;
    }

    /// Waits until the database answers.
    ///
    /// @return whether it does
    public boolean awaitDatabase() {
        long until = System.nanoTime() + LONGEST.toNanos();
        boolean said = false;
        while (!database.answers(ANSWER)) {
            if (!said) {
                LOG.log(Level.WARNING, "the database does not answer; waiting for it");
                said = true;
            }
            try {
                if (System.nanoTime() > until) {
                    return false;
                }
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }
}
