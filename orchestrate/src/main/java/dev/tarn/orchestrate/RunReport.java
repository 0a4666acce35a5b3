package dev.tarn.orchestrate;

import dev.tarn.orchestrate.StepReport.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// How a run went.
///
/// @param id the run's id
/// @param status how it ended
/// @param started when
/// @param took from start to end
/// @param publishId what `tarn undo` takes; empty when nothing was published
/// @param error why it failed, when that was not one of its steps
/// @param steps how each step went, in the plan's order
public record RunReport(
        String id,
        RunStatus status,
        Instant started,
        Duration took,
        Optional<String> publishId,
        Optional<String> error,
        List<StepReport> steps) {
    public RunReport {
        steps = List.copyOf(steps);
    }

    /// Whether everything was done and published.
    public boolean succeeded() {
        return status == RunStatus.PUBLISHED;
    }

    /// The steps that failed.
    public List<StepReport> failures() {
        return steps.stream().filter(step -> step.status() == Status.FAILED).toList();
    }
}
