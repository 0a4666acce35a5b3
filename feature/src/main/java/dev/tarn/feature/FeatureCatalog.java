package dev.tarn.feature;

import dev.tarn.core.feature.FeatureInfo;
import dev.tarn.core.feature.FeatureSelection;
import dev.tarn.feature.definition.FeatureDefinitions;
import dev.tarn.feature.definition.FeatureDefinitions.Chosen;
import dev.tarn.feature.definition.FeatureView;
import dev.tarn.feature.window.ViewPlan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The project's features, compiled as they are first needed. Thread-safe.
public final class FeatureCatalog {
    private final FeatureDefinitions definitions;
    private final Relations relations;
    private final Map<String, CompiledView> compiled = new ConcurrentHashMap<>();

    public FeatureCatalog(FeatureDefinitions definitions, Relations relations) {
        this.definitions = definitions;
        this.relations = relations;
    }

    /// What the files say.
    public FeatureDefinitions definitions() {
        return definitions;
    }

    /// A view, compiled against its source as it is now; afterwards its types are kept.
    ///
    /// @throws dev.tarn.core.error.TarnException `CONFIG_INVALID` with file and line
    public CompiledView compiled(FeatureView view) {
        CompiledView before = compiled.get(view.name());
        if (before != null) {
            return before;
        }
        CompiledView now = CompiledView.of(view, relations);
        compiled.put(view.name(), now);
        return now;
    }

    /// The views that a choice takes features from, in order.
    public Map<FeatureView, CompiledView> viewsOf(List<Chosen> chosen) {
        Map<FeatureView, CompiledView> views = new LinkedHashMap<>();
        for (Chosen one : chosen) {
            switch (one) {
                case Chosen.OfView of -> views.computeIfAbsent(of.view(), this::compiled);
                case Chosen.OnDemand of ->
                    viewsOf(definitions.choose(
                                    new FeatureSelection.Names(of.feature().uses())))
                            .forEach(views::putIfAbsent);
            }
        }
        return views;
    }

    /// The features of a view.
    public List<FeatureInfo> infos(CompiledView view) {
        return view.plan().outputs().stream().map(output -> info(view, output)).toList();
    }

    /// The chosen features, in order.
    public List<FeatureInfo> infos(List<Chosen> chosen) {
        List<FeatureInfo> infos = new ArrayList<>();
        for (Chosen one : chosen) {
            switch (one) {
                case Chosen.OfView of -> {
                    CompiledView view = compiled(of.view());
                    view.plan().outputs().stream()
                            .filter(output ->
                                    output.feature().name().equals(of.feature().name()))
                            .forEach(output -> infos.add(info(view, output)));
                }
                case Chosen.OnDemand of ->
                    infos.add(new FeatureInfo(
                            of.feature().name(),
                            of.feature().name(),
                            "double",
                            of.feature().description()));
            }
        }
        return infos;
    }

    private static FeatureInfo info(CompiledView view, ViewPlan.Output output) {
        return new FeatureInfo(
                view.view().name(),
                output.feature().name(),
                output.type(),
                output.feature().description());
    }
}
