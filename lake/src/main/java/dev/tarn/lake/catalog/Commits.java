package dev.tarn.lake.catalog;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.state.Database;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.ValidationException;
import org.jspecify.annotations.Nullable;

/// Runs transactions over tables, again when others were faster, up to a limit.
public final class Commits {
    private static final int ATTEMPTS_MAX = 12;

    /// Whoever lost so many attempts locks others out for the next one, so that nobody starves.
    private static final int OPTIMISTIC_MAX = 4;

    private static final int WAIT_MS_MAX = 200;

    private final CatalogContext context;

    public Commits(CatalogContext context) {
        this.context = context;
    }

    Database database() {
        return context.database();
    }

    /// Runs the work in a transaction and commits it. The work runs again, on the tables' newest state, when one
    /// of them was changed meanwhile.
    ///
    /// @param summary properties for every snapshot that the work makes
    /// @throws TarnException `COMMIT_CONFLICT` when others were faster every time or the change no longer fits;
    ///     `NOT_FOUND` when a table is missing; `DATABASE_FAILED` when it is unknown whether the commit happened
    public <T extends @Nullable Object> T run(
            String branch, Map<String, String> summary, Function<LakeTransaction, T> work) {
        for (int attempt = 1; ; attempt++) {
            LakeTransaction transaction = new LakeTransaction(context, branch, summary);
            try {
                T result = attempt > OPTIMISTIC_MAX ? alone(transaction, work) : optimistic(transaction, work);
                transaction.finish();
                return result;
            } catch (CommitFailedException e) {
                transaction.abort();
                if (attempt == ATTEMPTS_MAX) {
                    throw new TarnException(
                            ErrorCode.COMMIT_CONFLICT,
                            e.getMessage() + "; " + ATTEMPTS_MAX + " attempts lost to others: try again later",
                            e);
                }
                pause(attempt);
            } catch (CommitStateUnknownException e) {
                throw new TarnException(
                        ErrorCode.DATABASE_FAILED,
                        "the database was lost during the commit; whether it happened is unknown: look before"
                                + " committing again",
                        e);
            } catch (RuntimeException e) {
                boolean unknown = attempt > OPTIMISTIC_MAX
                        && e instanceof TarnException lost
                        && lost.code() == ErrorCode.DATABASE_FAILED;
                if (!unknown) {
                    transaction.abort();
                }
                throw explained(e);
            }
        }
    }

    private static <T extends @Nullable Object> T optimistic(
            LakeTransaction transaction, Function<LakeTransaction, T> work) {
        T result = work.apply(transaction);
        transaction.commit();
        return result;
    }

    /// Reads, works and commits in one database transaction that keeps others from moving the same pointers.
    private <T extends @Nullable Object> T alone(LakeTransaction transaction, Function<LakeTransaction, T> work) {
        return context.database().write(handle -> {
            transaction.lockWith(handle);
            return optimistic(transaction, work);
        });
    }

    private static RuntimeException explained(RuntimeException e) {
        return switch (e) {
            case NoSuchTableException missing ->
                new TarnException(ErrorCode.NOT_FOUND, "there is no such table: " + missing.getMessage(), missing);
            case ValidationException changed ->
                new TarnException(
                        ErrorCode.COMMIT_CONFLICT,
                        "the change no longer fits the table: " + changed.getMessage() + "; read it again and retry",
                        changed);
            default -> e;
        };
    }

    private static void pause(int attempt) {
        int most = Math.min(WAIT_MS_MAX, 1 << Math.min(attempt, 10));
        try {
            Thread.sleep(ThreadLocalRandom.current().nextInt(1, most + 1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TarnException(ErrorCode.CANCELLED, "interrupted between two attempts to commit", e);
        }
    }
}
