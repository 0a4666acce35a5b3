package dev.tarn.orchestrate;

import java.util.List;

/// What a run will do, as data: computed by [Planner], shown to people, then executed by [Runner].
///
/// @param steps in an order in which they could run one after the other
public record Plan(List<PlannedStep> steps) {
    public Plan {
        steps = List.copyOf(steps);
    }

    /// A step and its place in the order.
    ///
    /// @param step what runs
    /// @param after names of the plan's steps that must have succeeded first
    public record PlannedStep(Step step, List<String> after) {
        public PlannedStep {
            after = List.copyOf(after);
        }
    }
}
