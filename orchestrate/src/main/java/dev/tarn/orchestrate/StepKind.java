package dev.tarn.orchestrate;

/// What sort of work a step does, in the order in which a row meets them.
public enum StepKind {
    SOURCE,
    SEED,
    MODEL,
    SNAPSHOT,
    TEST,
    FEATURE,
    TRAINING,
    /// Statements of a project around its run.
    HOOK
}
