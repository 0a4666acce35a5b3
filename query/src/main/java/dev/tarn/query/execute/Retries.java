package dev.tarn.query.execute;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import io.trino.spi.StandardErrorCode;
import io.trino.spi.TrinoException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/// A statement that lost against another is computed again from the state that the other left, a bounded number of
/// times. A statement is a transaction of its own, so this is as if it had come later.
final class Retries {
    static final int ATTEMPTS_MAX = 8;
    private static final int WAIT_MS = 20;

    private Retries() {}

    static <T> T whileConflicting(Supplier<T> statement) {
        for (int attempt = 1; ; attempt++) {
            try {
                return statement.get();
            } catch (TarnException e) {
                if (e.code() != ErrorCode.COMMIT_CONFLICT) {
                    throw e;
                }
                if (attempt == ATTEMPTS_MAX) {
                    String message = "Others changed the same rows or files in each of " + ATTEMPTS_MAX + " attempts: "
                            + e.getMessage();
                    throw new TarnException(
                            ErrorCode.COMMIT_CONFLICT,
                            message,
                            new TrinoException(StandardErrorCode.TRANSACTION_CONFLICT, message, e));
                }
                pause(attempt);
            }
        }
    }

    private static void pause(int attempt) {
        try {
            Thread.sleep(ThreadLocalRandom.current().nextInt(1, WAIT_MS << attempt));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TarnException(ErrorCode.CANCELLED, "The statement was cancelled between two attempts", e);
        }
    }
}
