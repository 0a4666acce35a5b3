package dev.tarn.orchestrate.queue;

import dev.tarn.lake.catalog.Branches;
import dev.tarn.orchestrate.RunCause;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Asks for a run. The key makes asking twice harmless: of requests with one key, the first counts.
///
/// @param key unique, chosen by who asks
/// @param environment where the run's work becomes visible: an environment or `main`
/// @param priority the higher goes first
/// @param cause why
/// @param backfill the backfill that it is a part of
/// @param by the user on whose behalf
/// @param retries how often a failed run is run again
/// @param retryWait before the first of these; twice as long before each further one, an hour at most
/// @param timeLimit how long the run may take
/// @param notBefore when it may begin
public record RunRequest(
        String key,
        Work work,
        String environment,
        int priority,
        RunCause cause,
        Optional<String> backfill,
        String by,
        int retries,
        Duration retryWait,
        Optional<Duration> timeLimit,
        Instant notBefore) {
    /// The longest key.
    public static final int KEY_CHARS_MAX = 500;

    /// Asks for steps, for all to see, as soon as possible.
    public static RunRequest of(String key, List<String> select, String reason, String by, Instant now) {
        return new RunRequest(
                key,
                new Work.Steps(select, false, false, Map.of()),
                Branches.MAIN,
                0,
                new RunCause(Optional.of(key), Optional.empty(), reason, Optional.empty(), Optional.empty()),
                Optional.empty(),
                by,
                0,
                Duration.ofMinutes(1),
                Optional.empty(),
                now);
    }

    /// Where a request stands.
    public enum State {
        /// Waits for its turn.
        QUEUED,
        /// Is being worked on.
        RUNNING,
        /// Has succeeded.
        DONE,
        /// Has failed as often as it may.
        FAILED,
        /// Was taken back before it was done.
        CANCELLED,
        /// Was not begun, because the same schedule's earlier run was under way.
        SKIPPED;

        /// Whether nothing more happens.
        public boolean isOver() {
            return this != QUEUED && this != RUNNING;
        }
    }

    /// A request with what became of it.
    ///
    /// @param tries how often it was begun, without those that were taken over from a process that died
    /// @param takeovers how often a process died while it worked on it
    /// @param runId its last run
    public record Kept(
            RunRequest request,
            State state,
            Instant askedAt,
            int tries,
            int takeovers,
            Optional<Instant> begunAt,
            Optional<Instant> endedAt,
            Optional<String> runId,
            Optional<String> error) {}
}
