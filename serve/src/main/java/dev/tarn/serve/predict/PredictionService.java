package dev.tarn.serve.predict;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.FeatureInfo;
import dev.tarn.core.feature.FeatureSelection;
import dev.tarn.core.feature.FeatureValue;
import dev.tarn.core.feature.OnlineFeatures;
import dev.tarn.core.model.ServedModel;
import dev.tarn.core.model.ServedModel.Input;
import dev.tarn.core.model.ServedModel.Kind;
import dev.tarn.core.model.ServedModels;
import dev.tarn.serve.predict.ServiceFile.Field;
import dev.tarn.serve.predict.ServiceFile.Predict;
import dev.tarn.serve.predict.ServiceFile.Share;
import dev.tarn.serve.predict.ServiceFile.Unknown;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// One service's predictions: values from the request and from online features, a version by alias or share.
/// Thread-safe.
public final class PredictionService {
    private final String name;
    private final Predict file;
    private final RequestReader reader;
    private final Optional<OnlineFeatures> features;
    private final FeatureSelection selection;
    private final LiveModel live;
    private final Optional<SideBySide> canary;
    private final Optional<SideBySide> shadow;
    /// What each version takes from where; dropped with the version.
    private final Map<Long, Plan> plans = new ConcurrentHashMap<>();

    /// @param features where features come from; needed when the file names any
    public PredictionService(ServiceFile service, ServedModels models, Optional<OnlineFeatures> features) {
        this.name = service.name();
        this.file = service.predict().orElseThrow();
        this.reader = new RequestReader(file.request());
        this.features = features;
        this.selection = new FeatureSelection.Names(file.features());
        this.live = new LiveModel(models, file.model(), file.alias(), this::plan);
        this.canary = file.canary().map(share -> beside(models, share));
        this.shadow = file.shadow().map(share -> beside(models, share));
        if (!file.features().isEmpty() && features.isEmpty()) {
            throw new TarnException(
                    ErrorCode.CONFIG_INVALID, "service '" + name + "' names features, and the project defines none");
        }
    }

    private SideBySide beside(ServedModels models, Share share) {
        return new SideBySide(share, new LiveModel(models, file.model(), share.alias(), this::plan));
    }

    public String name() {
        return name;
    }

    Optional<SideBySide> canary() {
        return canary;
    }

    Optional<SideBySide> shadow() {
        return shadow;
    }

    public Predict file() {
        return file;
    }

    RequestReader reader() {
        return reader;
    }

    /// The version that answers now.
    public ServedModel model() {
        return live.get();
    }

    String lastError() {
        return live.lastError();
    }

    /// Where each of a model's inputs comes from.
    private sealed interface Source {
        record FromRequest(String field, Field rule) implements Source {}

        record FromFeature(int place) implements Source {}
    }

    private record Plan(List<Source> sources, List<Set<String>> words) {}

    /// Predicts for checked requests, all at one instant.
    List<Prediction> predict(List<Map<String, @Nullable Object>> requests, String user) {
        // To the microsecond, as tables keep it: a receipt reads the same from its file and from its table.
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        List<List<FeatureValue>> fetched = fetch(requests, now);
        List<Prediction> predictions = new ArrayList<>(requests.size());
        for (int i = 0; i < requests.size(); i++) {
            predictions.add(one(requests.get(i), fetched.isEmpty() ? List.of() : fetched.get(i), now, user));
        }
        return predictions;
    }

    private List<List<FeatureValue>> fetch(List<Map<String, @Nullable Object>> requests, Instant now) {
        if (file.features().isEmpty()) {
            return List.of();
        }
        List<Map<String, @Nullable Object>> rows = new ArrayList<>(requests.size());
        for (Map<String, @Nullable Object> request : requests) {
            Map<String, @Nullable Object> row = new LinkedHashMap<>();
            request.forEach((field, value) -> row.put(file.request().get(field).input(), value));
            rows.add(row);
        }
        return features.orElseThrow().read(selection, rows, now);
    }

    private Prediction one(
            Map<String, @Nullable Object> request, List<FeatureValue> fetched, Instant now, String user) {
        String id = PredictionIds.next();
        double draw = PredictionIds.percent(id);
        Optional<SideBySide> takesCanary = canary.filter(side -> side.takes(draw));
        LiveModel chosen = takesCanary.map(SideBySide::model).orElse(live);
        ServedModel model = chosen.get();
        Plan plan = plan(model);
        List<String> unknown = new ArrayList<>();
        @Nullable Object[] values = new Object[plan.sources().size()];
        List<Prediction.Value> served = new ArrayList<>(values.length);
        for (int i = 0; i < values.length; i++) {
            String input = model.inputs().get(i).name();
            switch (plan.sources().get(i)) {
                case Source.FromRequest(String field, Field rule) -> {
                    values[i] = fromRequest(
                            field, rule, request.get(field), plan.words().get(i), unknown);
                    served.add(Prediction.Value.given(input, values[i]));
                }
                case Source.FromFeature(int place) -> {
                    FeatureValue value = fetched.get(place);
                    values[i] = value.value();
                    served.add(Prediction.Value.served(input, value));
                }
            }
        }
        if (file.unknownEntities() == Unknown.REFUSE) {
            refuseUnknown(served, request);
        }
        double probability = model.predict(values);
        takesCanary.ifPresent(SideBySide::predicted);
        double threshold = file.threshold().orElse(model.threshold().orElse(0.5));
        return new Prediction(
                id,
                now,
                name,
                model.name(),
                model.version(),
                chosen.alias(),
                model.runId(),
                model.code(),
                request,
                served,
                probability,
                threshold,
                probability >= threshold,
                unknown,
                shadow(draw, model, values, probability),
                user);
    }

    private static void refuseUnknown(List<Prediction.Value> served, Map<String, @Nullable Object> request) {
        served.stream()
                .filter(value -> value.status() == FeatureValue.Status.NOT_FOUND)
                .findFirst()
                .ifPresent(value -> {
                    throw new TarnException(
                            ErrorCode.NOT_FOUND,
                            "no event is known of this entity: '" + value.input() + "' has none for " + request);
                });
    }

    private static @Nullable Object fromRequest(
            String field, Field rule, @Nullable Object value, Set<String> known, List<String> unknown) {
        if (value == null) {
            return null;
        }
        Object translated = RequestReader.translated(rule, value);
        if (known.isEmpty() || known.contains(translated.toString())) {
            return translated;
        }
        boolean mapped = rule.words().containsKey(value.toString().toLowerCase(java.util.Locale.ROOT));
        if (rule.unknown() == Unknown.REFUSE && !mapped) {
            throw RequestReader.bad("field '" + field + "' has the unknown word '" + value + "'; known are "
                    + String.join(
                            ", ",
                            rule.words().isEmpty()
                                    ? known.stream().sorted().toList()
                                    : rule.words().keySet()));
        }
        unknown.add(field + "=" + value);
        return null;
    }

    /// A shadow's failure is its own: the reply does not wait for a version that does not load.
    private List<Prediction.Shadow> shadow(
            double draw, ServedModel answering, @Nullable Object[] values, double answered) {
        SideBySide side = shadow.orElse(null);
        if (side == null || !side.takes(draw)) {
            return List.of();
        }
        try {
            ServedModel other = side.model().get();
            if (!other.inputs().stream()
                    .map(Input::name)
                    .toList()
                    .equals(answering.inputs().stream().map(Input::name).toList())) {
                side.failed();
                return List.of();
            }
            double said = other.predict(values);
            side.predicted(said, answered);
            return List.of(new Prediction.Shadow(side.alias(), other.version(), said));
        } catch (TarnException e) {
            side.failed();
            return List.of();
        }
    }

    private Plan plan(ServedModel model) {
        Plan known = plans.get(model.version());
        if (known != null) {
            return known;
        }
        Map<String, Source> sources = new HashMap<>();
        if (!file.features().isEmpty()) {
            List<FeatureInfo> infos = features.orElseThrow().describe(selection);
            for (int i = 0; i < infos.size(); i++) {
                sources.put(infos.get(i).fullName(), new Source.FromFeature(i));
                sources.putIfAbsent(infos.get(i).name(), new Source.FromFeature(i));
            }
        }
        file.request().forEach((field, rule) -> sources.put(rule.input(), new Source.FromRequest(field, rule)));
        List<Source> chosen = new ArrayList<>();
        List<Set<String>> words = new ArrayList<>();
        for (Input input : model.inputs()) {
            Source source = sources.get(input.name());
            if (source == null) {
                throw new TarnException(
                        ErrorCode.CONFIG_INVALID,
                        "model '" + model.name() + "' version " + model.version() + " takes '" + input.name()
                                + "', which is no field of service '" + name + "' and none of its features");
            }
            chosen.add(source);
            words.add(input.kind() == Kind.CATEGORY ? new HashSet<>(input.words()) : Set.of());
        }
        Plan plan = new Plan(List.copyOf(chosen), List.copyOf(words));
        plans.put(model.version(), plan);
        return plan;
    }
}
