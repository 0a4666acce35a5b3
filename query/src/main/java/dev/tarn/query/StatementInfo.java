package dev.tarn.query;

import dev.tarn.core.identity.Identity;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// A statement as the history shows it.
///
/// @param state `QUEUED`, `PLANNING`, `RUNNING`, `FINISHED` or `FAILED`
/// @param rows rows made so far
public record StatementInfo(
        String id,
        String state,
        Identity identity,
        String sql,
        Instant created,
        Duration queued,
        Duration elapsed,
        long rows,
        Optional<SqlError> error) {

    /// Whether it runs and waits no more.
    public boolean hasEnded() {
        return state.equals("FINISHED") || state.equals("FAILED");
    }
}
