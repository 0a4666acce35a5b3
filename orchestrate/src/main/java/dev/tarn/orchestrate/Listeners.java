package dev.tarn.orchestrate;

import java.time.Duration;

/// Two listeners that hear the same run.
public record Listeners(RunListener first, RunListener second) implements RunListener {
    @Override
    public void started(String runId, Plan plan) {
        first.started(runId, plan);
        second.started(runId, plan);
    }

    @Override
    public void stepStarted(Step step) {
        first.stepStarted(step);
        second.stepStarted(step);
    }

    @Override
    public void stepProgress(Step step, String message) {
        first.stepProgress(step, message);
        second.stepProgress(step, message);
    }

    @Override
    public void stepEnded(Step step, StepReport report) {
        first.stepEnded(step, report);
        second.stepEnded(step, report);
    }

    @Override
    public void publishing() {
        first.publishing();
        second.publishing();
    }

    @Override
    public void ended(RunReport report, Duration took) {
        first.ended(report, took);
        second.ended(report, took);
    }
}
