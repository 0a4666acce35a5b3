package dev.tarn.orchestrate;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/// What a step is given.
///
/// @param runId the run's id; the same for all of its steps
/// @param branch the catalog branch to read from and write to
/// @param identity on whose behalf
/// @param cancelled becomes true when the run is to stop
/// @param progress takes short messages for people, such as "file 3 of 12"; may be called from any thread
/// @param atPublish takes work for the database transaction that publishes the run: a model's alias, a
///     feature's state. It happens together with the tables, or not at all
public record StepContext(
        String runId,
        String branch,
        Identity identity,
        AtomicBoolean cancelled,
        Consumer<String> progress,
        Consumer<Consumer<Handle>> atPublish) {
    /// Call this between pieces of long work.
    ///
    /// @throws TarnException `CANCELLED` when the run is to stop
    public void checkCancelled() {
        if (cancelled.get()) {
            throw new TarnException(ErrorCode.CANCELLED, "the run was cancelled").in("run", runId);
        }
    }

    /// Notes, inside the transaction that publishes the run, what undoing the run must put back beside the
    /// tables.
    ///
    /// @param kind who knows how
    /// @param payload how it was before
    public void undoable(Handle handle, String kind, String payload) {
        RunHistory.undoable(handle, runId, new RunHistory.Undoable(kind, payload));
    }
}
