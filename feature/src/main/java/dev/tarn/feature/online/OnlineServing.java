package dev.tarn.feature.online;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.FeatureInfo;
import dev.tarn.core.feature.FeatureSelection;
import dev.tarn.core.feature.FeatureValue;
import dev.tarn.core.feature.OnlineFeatures;
import dev.tarn.feature.CompiledView;
import dev.tarn.feature.FeatureCatalog;
import dev.tarn.feature.definition.Entity;
import dev.tarn.feature.definition.FeatureDefinitions.Chosen;
import dev.tarn.feature.definition.FeatureView;
import dev.tarn.feature.definition.OnDemandFeature;
import dev.tarn.feature.ondemand.OnDemand;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Serves features from a store: reads an entity's events and folds them for the instant asked for.
public final class OnlineServing implements OnlineFeatures {
    /// Selections kept prepared; a client that makes up ever new ones costs time, not memory.
    private static final int PREPARED_MAX = 1_000;

    private final FeatureCatalog catalog;
    private final OnlineStore store;
    private final OnDemand onDemand;
    private final Map<FeatureSelection, Prepared> prepared = new ConcurrentHashMap<>();
    private final Map<String, ServedView> views = new ConcurrentHashMap<>();
    private volatile @Nullable PublishGate gate;

    /// A selection with all names looked up.
    private record Prepared(List<FeatureInfo> infos, List<ServedView> views, List<From> sources) {}

    /// Where one chosen feature comes from.
    private sealed interface From {
        record View(int view, int output) implements From {}

        record Computed(OnDemandFeature feature, List<View> uses, List<String> names) implements From {}
    }

    public OnlineServing(FeatureCatalog catalog, OnlineStore store, OnDemand onDemand) {
        this.catalog = catalog;
        this.store = store;
        this.onDemand = onDemand;
    }

    /// From now on readers see one publish at a time, as somebody brings the store from one to the next.
    void keepTo(PublishGate publishes) {
        gate = publishes;
    }

    @Override
    public List<FeatureInfo> describe(FeatureSelection selection) {
        return prepared(selection).infos();
    }

    @Override
    public Map<String, String> inputs(FeatureSelection selection) {
        Prepared found = prepared(selection);
        Map<String, String> inputs = new LinkedHashMap<>();
        for (ServedView view : found.views()) {
            for (Entity.JoinKey key : view.view().view().keys()) {
                inputs.put(key.name(), key.type().sql());
            }
        }
        for (From from : found.sources()) {
            if (from instanceof From.Computed computed) {
                inputs.putAll(computed.feature().inputs());
            }
        }
        return inputs;
    }

    @Override
    public List<List<FeatureValue>> read(
            FeatureSelection selection, List<? extends Map<String, ? extends @Nullable Object>> rows, Instant at) {
        if (rows.size() > ENTITIES_MAX) {
            throw new TarnException(
                    ErrorCode.LIMIT_EXCEEDED,
                    rows.size() + " entities are more than one request takes (" + ENTITIES_MAX
                            + "): split the request, or read them offline");
        }
        Prepared found = prepared(selection);
        long atUs = Math.addExact(Math.multiplyExact(at.getEpochSecond(), 1_000_000L), at.getNano() / 1_000);
        PublishGate publishes = gate;
        List<List<List<FeatureValue>>> byView = publishes == null
                ? byView(found, rows, atUs)
                : publishes.read(() -> {
                    found.views()
                            .forEach(view -> publishes.check(view.view().view().name()));
                    return byView(found, rows, atUs);
                });
        List<List<FeatureValue>> answer = new ArrayList<>(rows.size());
        for (int row = 0; row < rows.size(); row++) {
            List<FeatureValue> values = new ArrayList<>(found.sources().size());
            for (From from : found.sources()) {
                values.add(value(from, byView, rows.get(row), row));
            }
            answer.add(values);
        }
        return answer;
    }

    private List<List<List<FeatureValue>>> byView(
            Prepared found, List<? extends Map<String, ? extends @Nullable Object>> rows, long atUs) {
        List<List<List<FeatureValue>>> byView = new ArrayList<>();
        for (ServedView view : found.views()) {
            byView.add(values(view, rows, atUs));
        }
        return byView;
    }

    ServedView served(FeatureView view) {
        return views.computeIfAbsent(view.name(), _ -> new ServedView(catalog.compiled(view)));
    }

    private List<List<FeatureValue>> values(
            ServedView view, List<? extends Map<String, ? extends @Nullable Object>> rows, long atUs) {
        String name = view.view().view().name();
        String space = store.serving(name).filter(view::fits).orElse(null);
        List<@Nullable String> keys = new ArrayList<>(rows.size());
        List<String> asked = new ArrayList<>(rows.size());
        for (Map<String, ? extends @Nullable Object> row : rows) {
            String key = EntityKey.of(view.view().view().keys(), row);
            keys.add(key);
            if (key != null) {
                asked.add(key);
            }
        }
        if (space == null) {
            throw new TarnException(
                    ErrorCode.UNAVAILABLE,
                    "the view '" + name + "' is not in the online store yet: run tarn features materialize");
        }
        long snapshot = store.position(space).map(view::snapshotId).orElse(0L);
        List<OnlineStore.Events> events = store.read(space, asked, view.afterUs(atUs));
        // No events may also mean that the store lost all it had since it was asked where they are.
        if (events.stream().anyMatch(found -> found.length() == 0)
                && !store.serving(name).equals(Optional.of(space))) {
            throw new TarnException(
                    ErrorCode.UNAVAILABLE,
                    "the view '" + name + "' went away from the online store while it was read: ask again");
        }
        List<List<FeatureValue>> values = new ArrayList<>(rows.size());
        int next = 0;
        for (String key : keys) {
            values.add(view.values(key == null ? OnlineStore.Events.NONE : events.get(next++), atUs, snapshot));
        }
        return values;
    }

    private FeatureValue value(
            From from, List<List<List<FeatureValue>>> byView, Map<String, ? extends @Nullable Object> row, int at) {
        return switch (from) {
            case From.View view -> byView.get(view.view()).get(at).get(view.output());
            case From.Computed computed -> {
                Map<String, @Nullable Object> inputs = new HashMap<>(row);
                for (int i = 0; i < computed.uses().size(); i++) {
                    From.View used = computed.uses().get(i);
                    inputs.put(
                            computed.names().get(i),
                            byView.get(used.view()).get(at).get(used.output()).value());
                }
                Object value = onDemand.compute(computed.feature(), inputs);
                yield new FeatureValue(
                        value, value == null ? FeatureValue.Status.NULL_VALUE : FeatureValue.Status.PRESENT, null, 0);
            }
        };
    }

    private Prepared prepared(FeatureSelection selection) {
        Prepared found = prepared.get(selection);
        if (found == null) {
            found = prepare(selection);
            if (prepared.size() < PREPARED_MAX) {
                prepared.put(selection, found);
            }
        }
        return found;
    }

    private Prepared prepare(FeatureSelection selection) {
        List<Chosen> chosen = catalog.definitions().choose(selection);
        Map<FeatureView, CompiledView> compiled = catalog.viewsOf(chosen);
        List<ServedView> served = new ArrayList<>();
        Map<String, Integer> numbers = new HashMap<>();
        compiled.keySet().forEach(view -> {
            numbers.put(view.name(), served.size());
            served.add(served(view));
        });
        List<From> sources = new ArrayList<>();
        for (Chosen one : chosen) {
            switch (one) {
                case Chosen.OfView of -> sources.add(view(of, numbers, served));
                case Chosen.OnDemand of -> {
                    List<From.View> uses = new ArrayList<>();
                    List<String> names = new ArrayList<>();
                    for (Chosen used : catalog.definitions()
                            .choose(new FeatureSelection.Names(of.feature().uses()))) {
                        if (used instanceof Chosen.OfView ofView) {
                            uses.add(view(ofView, numbers, served));
                            names.add(ofView.feature().name());
                        }
                    }
                    sources.add(new From.Computed(of.feature(), uses, names));
                }
            }
        }
        return new Prepared(catalog.infos(chosen), served, sources);
    }

    private static From.View view(Chosen.OfView of, Map<String, Integer> numbers, List<ServedView> served) {
        int view = numbers.getOrDefault(of.view().name(), -1);
        List<String> names = served.get(view).view().plan().outputs().stream()
                .map(output -> output.feature().name())
                .toList();
        return new From.View(view, names.indexOf(of.feature().name()));
    }
}
