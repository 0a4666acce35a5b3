package dev.tarn.orchestrate;

import java.time.Duration;

/// Hears what happens while a run is under way. Methods are called from several threads, and should return
/// quickly.
public interface RunListener {
    /// Before anything runs.
    default void started(String runId, Plan plan) {}

    /// A step has started.
    default void stepStarted(Step step) {}

    /// A step has something to say.
    default void stepProgress(Step step, String message) {}

    /// A step has ended, in whatever way.
    default void stepEnded(Step step, StepReport report) {}

    /// All steps have succeeded and everything is being published.
    default void publishing() {}

    /// The run has ended.
    default void ended(RunReport report, Duration took) {}

    /// Hears nothing.
    static RunListener silent() {
        return new RunListener() {};
    }
}
