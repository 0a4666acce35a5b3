package dev.tarn.orchestrate;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/// How one step of a run went.
///
/// @param step its name
/// @param kind its kind
/// @param status how it ended
/// @param took how long it ran; zero when it did not
/// @param rows rows written or checked, where that has a meaning
/// @param message one line for people: what it did, why it was not run, or its error
/// @param error the failure's stable code, when it failed
public record StepReport(
        String step,
        StepKind kind,
        Status status,
        Duration took,
        OptionalLong rows,
        String message,
        Optional<String> error) {
    /// How a step ends.
    public enum Status {
        /// Did its work.
        DONE,
        /// Had nothing to do: code, configuration and inputs are those of the last published run.
        UNCHANGED,
        /// Ended with an error.
        FAILED,
        /// Did not start, because a step it needs failed or the run was stopped.
        SKIPPED
    }
}
