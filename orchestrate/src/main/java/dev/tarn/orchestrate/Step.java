package dev.tarn.orchestrate;

import dev.tarn.query.lineage.ColumnLineage;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// One piece of a run's work: loads a source, builds a model, checks a test, trains a model.
///
/// A step is the seam between the stages and the runner. A stage knows nothing of it; whoever wires
/// the stages wraps each piece of work in one. A step writes only to the branch its context names, and
/// running it again on a fresh branch gives the same result.
public interface Step {
    /// Unique among the steps of a project; what `--select` and the run's history name, such as
    /// `silver.payments`.
    String name();

    /// What sort of work it is.
    StepKind kind();

    /// What it reads. An asset that another step makes orders the two; others must be published already.
    Set<Asset> inputs();

    /// What it makes; no two steps make the same asset.
    Set<Asset> outputs();

    /// Names of steps that come first although nothing of them is read; those that do not run are not waited for.
    default Set<String> after() {
        return Set.of();
    }

    /// What it may make beside, such as a table of rows that it put aside; nobody has to find it there. It goes
    /// where the outputs go when another run takes them over.
    default Set<Asset> asides() {
        return Set.of();
    }

    /// Identifies what the step would do, apart from what its inputs hold: its compiled code and its
    /// configuration. When this and the versions of its inputs are those of the last published run, the
    /// step is not run again. Empty when it must run every time.
    default Optional<String> fingerprint(StepContext context) throws Exception {
        return Optional.empty();
    }

    /// For a step that looks for something new every time: how much of it there is now, such as files. Looks and
    /// does nothing else; empty when only running it can tell.
    default OptionalLong waiting(StepContext context) throws Exception {
        return OptionalLong.empty();
    }

    /// What the step is, in words that people can compare from one version to the next, such as its SQL.
    default Optional<String> definition(StepContext context) throws Exception {
        return Optional.empty();
    }

    /// Where the columns of the one table that it makes come from. Asked for when the step has run, or what it reads
    /// is there; empty when the step knows nothing of columns.
    default Optional<ColumnLineage> lineage(StepContext context) throws Exception {
        return Optional.empty();
    }

    /// Does the work and returns when it is durable on the branch.
    ///
    /// @throws Exception fails the step; the run goes on with what does not depend on it, then publishes
    ///     nothing
    StepResult run(StepContext context) throws Exception;
}
