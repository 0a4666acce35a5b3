package dev.tarn.orchestrate;

import dev.tarn.lake.catalog.Branches;
import java.util.concurrent.atomic.AtomicBoolean;

/// How to run a plan.
///
/// @param parallel how many steps may work at a time
/// @param skipUnchanged whether steps with nothing new to do are left out
/// @param cancelled set it to true to stop the run
/// @param environment where what is made becomes visible: an environment, which is made when there is none,
///     or `main`
/// @param rules how each step is run
/// @param cause why there is a run
/// @param timing what waits before steps are run again
public record RunOptions(
        int parallel,
        boolean skipUnchanged,
        AtomicBoolean cancelled,
        String environment,
        StepRules rules,
        RunCause cause,
        Timing timing) {
    /// A run that a person starts, for an environment or `main`.
    public RunOptions(int parallel, boolean skipUnchanged, AtomicBoolean cancelled, String environment) {
        this(parallel, skipUnchanged, cancelled, environment, StepRules.NONE, RunCause.BY_HAND, Timing.system());
    }

    /// A run whose work becomes visible to all.
    public RunOptions(int parallel, boolean skipUnchanged, AtomicBoolean cancelled) {
        this(parallel, skipUnchanged, cancelled, Branches.MAIN);
    }

    /// As many steps as there are processors, and nothing is computed twice.
    public static RunOptions defaults() {
        return new RunOptions(Runtime.getRuntime().availableProcessors(), true, new AtomicBoolean());
    }

    /// The same, but every step runs.
    public RunOptions everything() {
        return new RunOptions(parallel, false, cancelled, environment, rules, cause, timing);
    }

    /// The same for an environment.
    public RunOptions in(String newEnvironment) {
        return new RunOptions(parallel, skipUnchanged, cancelled, newEnvironment, rules, cause, timing);
    }

    /// The same with rules for its steps.
    public RunOptions under(StepRules newRules) {
        return new RunOptions(parallel, skipUnchanged, cancelled, environment, newRules, cause, timing);
    }

    /// The same, because of something else.
    public RunOptions because(RunCause newCause) {
        return new RunOptions(parallel, skipUnchanged, cancelled, environment, rules, newCause, timing);
    }

    /// The same by another clock.
    public RunOptions by(Timing newTiming) {
        return new RunOptions(parallel, skipUnchanged, cancelled, environment, rules, cause, newTiming);
    }
}
