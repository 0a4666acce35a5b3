package dev.tarn.orchestrate;

import dev.tarn.core.digest.Sha256;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.orchestrate.Plan.PlannedStep;
import dev.tarn.orchestrate.StepStates.Made;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/// Tells, before anything runs, what a run would do with each step of a plan, and why.
public final class Forecast {
    private final Lake lake;
    private final RunHistory history;

    public Forecast(Lake lake) {
        this.lake = lake;
        this.history = RunHistory.open(lake.database());
    }

    /// What a run would do with a step.
    public enum Verdict {
        /// It was never done.
        NEW,
        /// Its code or configuration is not what was done.
        CHANGED,
        /// What it reads will be, or was, made anew.
        INPUTS,
        /// It runs every time.
        ALWAYS,
        /// It runs if a source that it stands on finds something new.
        MAYBE,
        /// It is done already.
        SAME;

        /// Whether it is certain to run.
        public boolean runs() {
            return this != MAYBE && this != SAME;
        }
    }

    /// A step's outlook.
    ///
    /// @param because in words; empty for what is the same
    /// @param definition what the step is now, such as its SQL
    /// @param before what it was when it was last done
    /// @param last how it went when it was last done
    public record Outlook(
            Step step,
            Verdict verdict,
            String because,
            Optional<String> definition,
            Optional<String> before,
            Optional<StepReport> last) {}

    /// A step that was done before and is no longer part of the project.
    public record Removed(String step, Optional<String> before) {}

    /// The outlook of each step of a plan, in its order.
    ///
    /// @param environment what the run would be for: an environment, or `main`
    public List<Outlook> of(Plan plan, String environment, Identity identity) throws Exception {
        boolean made = lake.branches().stream().anyMatch(branch -> branch.name().equals(environment));
        String branch = made ? environment : Branches.MAIN;
        List<String> lanes =
                environment.equals(Branches.MAIN) ? List.of(Branches.MAIN) : List.of(environment, Branches.MAIN);
        StepContext context = new StepContext("plan", branch, identity, new AtomicBoolean(), message -> {}, hook -> {});
        Versions versions = new Versions(
                lake.branch(branch),
                asset -> history.made(lanes, asset.name()).flatMap(found -> Optional.ofNullable(found.identity())));
        Map<Asset, String> makers = new HashMap<>();
        plan.steps()
                .forEach(planned -> planned.step()
                        .outputs()
                        .forEach(output -> makers.put(output, planned.step().name())));
        Map<String, Verdict> verdicts = new LinkedHashMap<>();
        List<Outlook> outlooks = new ArrayList<>();
        for (PlannedStep planned : plan.steps()) {
            Step step = planned.step();
            Optional<Made> last = history.made(lanes, step.name());
            Said said = verdict(step, context, last, versions, makers, verdicts);
            verdicts.put(step.name(), said.verdict());
            outlooks.add(new Outlook(
                    step,
                    said.verdict(),
                    said.because(),
                    step.definition(context),
                    last.flatMap(found -> Optional.ofNullable(found.definition())),
                    history.lastDone(step.name())));
        }
        return outlooks;
    }

    /// What was done once and is no step of the project any more.
    ///
    /// @param steps all steps of the project, selected or not
    public List<Removed> removed(List<? extends Step> steps) {
        Set<String> names = steps.stream().map(Step::name).collect(Collectors.toSet());
        return lake.database().read(handle -> StepStates.all(handle, Branches.MAIN)).stream()
                .filter(made -> !names.contains(made.step()))
                .map(made -> new Removed(made.step(), Optional.ofNullable(made.definition())))
                .toList();
    }

    private record Said(Verdict verdict, String because) {}

    private static Said verdict(
            Step step,
            StepContext context,
            Optional<Made> last,
            Versions versions,
            Map<Asset, String> makers,
            Map<String, Verdict> verdicts)
            throws Exception {
        if (last.isEmpty()) {
            return new Said(Verdict.NEW, "was never built");
        }
        Optional<String> fingerprint = step.fingerprint(context);
        if (fingerprint.isEmpty()) {
            return step.kind() == StepKind.SOURCE
                    ? source(step.waiting(context))
                    : new Said(Verdict.ALWAYS, "runs every time");
        }
        String before = last.get().fingerprint();
        if (before != null && !before.equals(Sha256.hex(fingerprint.get()))) {
            return new Said(Verdict.CHANGED, "its code or configuration changed");
        }
        Set<String> anew = new TreeSet<>();
        Set<String> perhaps = new TreeSet<>();
        List<Asset> inputs = new ArrayList<>(step.inputs());
        inputs.removeAll(step.outputs());
        for (Asset input : inputs) {
            Verdict verdict = verdicts.get(makers.getOrDefault(input, ""));
            if (verdict != null && verdict.runs()) {
                anew.add(input.toString());
            } else if (verdict == Verdict.MAYBE) {
                perhaps.add(input.toString());
            }
        }
        if (!anew.isEmpty()) {
            return new Said(Verdict.INPUTS, "reads " + String.join(", ", anew));
        }
        if (!Execution.identity(fingerprint, versions.of(inputs))
                .equals(Optional.ofNullable(last.get().identity()))) {
            return new Said(
                    Verdict.INPUTS,
                    "what it reads changed since: "
                            + inputs.stream().map(Asset::toString).sorted().collect(Collectors.joining(", ")));
        }
        if (!versions.allExist(step.outputs())
                || !versions.made(step.outputs()).equals(last.get().versions())) {
            return new Said(Verdict.INPUTS, "what it made was changed or dropped since");
        }
        return perhaps.isEmpty()
                ? new Said(Verdict.SAME, "")
                : new Said(Verdict.MAYBE, "reads " + String.join(", ", perhaps));
    }

    private static Said source(OptionalLong waiting) {
        if (waiting.isEmpty()) {
            return new Said(Verdict.MAYBE, "looks for new files");
        }
        long files = waiting.getAsLong();
        return files == 0
                ? new Said(Verdict.SAME, "")
                : new Said(Verdict.INPUTS, files + (files == 1 ? " file waits" : " files wait"));
    }
}
