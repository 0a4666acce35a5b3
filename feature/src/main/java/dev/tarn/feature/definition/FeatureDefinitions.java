package dev.tarn.feature.definition;

import dev.tarn.core.config.Nearest;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.FeatureSelection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// All of a project's feature definitions, by name. Names refer only to what exists.
public record FeatureDefinitions(
        Map<String, Entity> entities,
        Map<String, FeatureView> views,
        Map<String, OnDemandFeature> onDemand,
        Map<String, FeatureService> services,
        StoreSetting store) {
    /// One feature that a selection names.
    public sealed interface Chosen {
        /// A feature of a view.
        record OfView(FeatureView view, Feature feature) implements Chosen {}

        /// An on-demand feature.
        record OnDemand(OnDemandFeature feature) implements Chosen {}
    }

    /// The features of a selection, in order, each once.
    ///
    /// @throws TarnException `NOT_FOUND` naming what is unknown and the nearest known name
    public List<Chosen> choose(FeatureSelection selection) {
        List<String> names = switch (selection) {
            case FeatureSelection.Names some -> some.names();
            case FeatureSelection.Service service -> service(service.name()).features();
        };
        Set<Chosen> chosen = new LinkedHashSet<>();
        names.forEach(name -> chosen.addAll(choose(name)));
        return List.copyOf(chosen);
    }

    /// A service by name.
    public FeatureService service(String name) {
        FeatureService service = services.get(name);
        if (service == null) {
            throw unknown("feature service", name, services.keySet());
        }
        return service;
    }

    /// A view by name.
    public FeatureView view(String name) {
        FeatureView view = views.get(name);
        if (view == null) {
            throw unknown("feature view", name, views.keySet());
        }
        return view;
    }

    private List<Chosen> choose(String name) {
        int colon = name.indexOf(':');
        if (colon < 0) {
            OnDemandFeature feature = onDemand.get(name);
            if (feature != null) {
                return List.of(new Chosen.OnDemand(feature));
            }
            FeatureView view = views.get(name);
            if (view == null) {
                Set<String> known = new TreeSet<>(views.keySet());
                known.addAll(onDemand.keySet());
                throw unknown("feature view or on-demand feature", name, known);
            }
            List<Chosen> all = new ArrayList<>();
            view.features().forEach(each -> all.add(new Chosen.OfView(view, each)));
            return all;
        }
        String owner = name.substring(0, colon);
        String wanted = name.substring(colon + 1);
        OnDemandFeature computed = onDemand.get(owner);
        if (computed != null && wanted.equals(owner)) {
            return List.of(new Chosen.OnDemand(computed));
        }
        FeatureView view = view(owner);
        for (Feature feature : view.features()) {
            if (feature.name().equals(wanted)) {
                return List.of(new Chosen.OfView(view, feature));
            }
        }
        throw unknown(
                "feature of view '" + owner + "'",
                wanted,
                view.features().stream().map(Feature::name).toList());
    }

    private static TarnException unknown(String kind, String name, Collection<String> known) {
        String hint = Nearest.of(name, known)
                .map(nearest -> "; did you mean '" + nearest + "'?")
                .orElse(known.isEmpty() ? "; there are none" : "; there are: " + listed(known));
        return new TarnException(ErrorCode.NOT_FOUND, "there is no " + kind + " '" + name + "'" + hint);
    }

    private static String listed(Collection<String> names) {
        int shown = 20;
        String text = String.join(", ", names.stream().limit(shown).toList());
        return names.size() > shown ? text + ", …" : text;
    }
}
