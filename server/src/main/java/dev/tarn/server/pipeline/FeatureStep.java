package dev.tarn.server.pipeline;

import dev.tarn.feature.CompiledView;
import dev.tarn.feature.Relations;
import dev.tarn.feature.definition.FeatureView;
import dev.tarn.feature.definition.Source;
import dev.tarn.orchestrate.Asset;
import dev.tarn.orchestrate.Step;
import dev.tarn.orchestrate.StepContext;
import dev.tarn.orchestrate.StepKind;
import dev.tarn.orchestrate.StepResult;
import dev.tarn.server.Features;
import dev.tarn.server.Lakehouse;
import java.util.Set;
import java.util.stream.Collectors;

/// Checks a feature view against the tables that the run has made, before they are published: a run that drops or
/// retypes a column that features are made of publishes nothing. Readers of the online store see the
/// publish from its moment on.
final class FeatureStep implements Step {
    private final FeatureView view;
    private final Lakehouse lakehouse;
    private final Set<Asset> inputs;

    /// @param made the tables that other steps make
    FeatureStep(FeatureView view, Lakehouse lakehouse, Set<Asset> made) {
        this.view = view;
        this.lakehouse = lakehouse;
        this.inputs = switch (view.source()) {
            case Source.Table table -> Set.of(Asset.table(table.name()));
            // A statement waits for every table whose name stands in it.
            case Source.Query query ->
                made.stream()
                        .filter(asset -> query.sql().contains(asset.name()))
                        .collect(Collectors.toSet());
        };
    }

    @Override
    public String name() {
        return "features." + view.name();
    }

    @Override
    public StepKind kind() {
        return StepKind.FEATURE;
    }

    @Override
    public Set<Asset> inputs() {
        return inputs;
    }

    @Override
    public Set<Asset> outputs() {
        return Set.of(new Asset(Asset.Kind.FEATURES, view.name()));
    }

    @Override
    public StepResult run(StepContext context) {
        Relations relations = Features.relations(lakehouse, context.branch());
        CompiledView compiled = CompiledView.of(view, relations);
        return StepResult.of(compiled.plan().outputs().size() + " features fit their tables");
    }
}
