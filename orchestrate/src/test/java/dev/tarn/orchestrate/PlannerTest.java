package dev.tarn.orchestrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.TarnException;
import dev.tarn.orchestrate.Plan.PlannedStep;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PlannerTest {
    private record Made(String name, StepKind kind, Set<Asset> inputs, Set<Asset> outputs) implements Step {
        @Override
        public StepResult run(StepContext context) {
            return StepResult.of("made");
        }
    }

    @Test
    void aStepComesAfterTheMakersOfItsInputs() {
        Plan plan = Planner.plan(List.of(
                model("gold.mart", "silver.payments", "silver.customers"),
                model("silver.payments", "bronze.transactions"),
                model("silver.customers", "bronze.users"),
                source("bronze.transactions"),
                source("bronze.users")));

        assertThat(names(plan))
                .containsExactly(
                        "bronze.transactions", "bronze.users", "silver.payments", "silver.customers", "gold.mart");
        assertThat(plan.steps().getLast().after()).containsExactly("silver.customers", "silver.payments");
    }

    @Test
    void anInputThatNobodyMakesOrdersNothing() {
        Plan plan = Planner.plan(List.of(model("gold.mart", "elsewhere.table")));
        assertThat(plan.steps().getFirst().after()).isEmpty();
    }

    @Test
    void whatIsNotSelectedIsReadAsPublished() {
        Plan plan = Planner.plan(
                List.of(source("bronze.t"), model("silver.t", "bronze.t"), model("gold.t", "silver.t")),
                step -> !step.name().equals("silver.t"));

        assertThat(names(plan)).containsExactly("bronze.t", "gold.t");
        assertThat(plan.steps().getLast().after()).isEmpty();
    }

    @Test
    void aStepMayReadWhatItMakes() {
        assertThat(names(Planner.plan(List.of(model("silver.t", "silver.t"))))).containsExactly("silver.t");
    }

    @Test
    void aCircleIsShownAsOne() {
        assertThatThrownBy(() ->
                        Planner.plan(List.of(model("a", "c"), model("b", "a"), model("c", "b"), model("after", "a"))))
                .isInstanceOf(TarnException.class)
                .hasMessage("these steps wait for each other: a → b → c → a");
    }

    @Test
    void twoMakersOfOneTableAreRefused() {
        Step one = new Made("one", StepKind.MODEL, Set.of(), Set.of(Asset.table("silver.t")));
        Step two = new Made("two", StepKind.MODEL, Set.of(), Set.of(Asset.table("silver.t")));
        assertThatThrownBy(() -> Planner.plan(List.of(one, two)))
                .hasMessageContaining("one and two both make silver.t");
        assertThatThrownBy(() -> Planner.plan(List.of(one, one))).hasMessageContaining("two steps are named one");
    }

    private static List<String> names(Plan plan) {
        return plan.steps().stream().map(PlannedStep::step).map(Step::name).toList();
    }

    private static Step source(String name) {
        return new Made(name, StepKind.SOURCE, Set.of(), Set.of(Asset.table(name)));
    }

    private static Step model(String name, String... inputs) {
        return new Made(
                name,
                StepKind.MODEL,
                Arrays.stream(inputs).map(Asset::table).collect(Collectors.toSet()),
                Set.of(Asset.table(name)));
    }
}
