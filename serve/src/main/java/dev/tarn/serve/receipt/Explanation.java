package dev.tarn.serve.receipt;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.model.ServedModel;
import dev.tarn.core.model.ServedModel.Input;
import dev.tarn.core.model.ServedModels;
import dev.tarn.serve.predict.Prediction;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Why a prediction is what it is.
///
/// @param again what the model that answered says of the same values now; the same bits, or the file was changed
/// @param start the raw score before any input
/// @param parts what each input adds, the strongest first; empty for models without contributions
/// @param other what another version says of the same values
public record Explanation(Prediction receipt, double again, double start, List<Part> parts, Optional<Other> other) {
    public record Part(String input, @Nullable Object value, double contribution) {}

    public record Other(long version, double probability, List<Part> parts) {}

    /// Explains a prediction, and predicts again with another version when one is named.
    public static Explanation of(Prediction receipt, ServedModels models, Optional<Long> otherVersion) {
        ServedModel model = models.load(receipt.model(), receipt.version());
        @Nullable Object[] values = values(receipt, model);
        double again = model.predict(values);
        double start = 0;
        List<Part> parts = List.of();
        try {
            double[] contributions = model.contributions(values);
            start = contributions[contributions.length - 1];
            parts = parts(model, values, contributions);
        } catch (TarnException e) {
            if (e.code() != ErrorCode.NOT_SUPPORTED) {
                throw e;
            }
        }
        Optional<Other> other = otherVersion.map(version -> {
            ServedModel second = models.load(receipt.model(), version);
            @Nullable Object[] own = values(receipt, second);
            return new Other(version, second.predict(own), parts(second, own, second.contributions(own)));
        });
        return new Explanation(receipt, again, start, parts, other);
    }

    /// What the model that answered says with the features as of another time.
    ///
    /// @param values the inputs that were looked up, as they were then
    public record AsOf(Instant at, double probability, Map<String, @Nullable Object> values) {}

    /// Predicts again with features as of another time; what came with the request stays.
    ///
    /// @param features by input, `view__feature` or `feature`
    public static AsOf asOf(
            Prediction receipt, ServedModels models, Instant at, Map<String, @Nullable Object> features) {
        ServedModel model = models.load(receipt.model(), receipt.version());
        Map<String, @Nullable Object> looked = new LinkedHashMap<>();
        receipt.values().stream()
                .filter(value -> value.status() != null && features.containsKey(value.input()))
                .forEach(value -> looked.put(value.input(), features.get(value.input())));
        return new AsOf(at, model.predict(values(receipt, model, looked)), looked);
    }

    private static @Nullable Object[] values(Prediction receipt, ServedModel model) {
        return values(receipt, model, Map.of());
    }

    private static @Nullable Object[] values(
            Prediction receipt, ServedModel model, Map<String, @Nullable Object> instead) {
        Map<String, @Nullable Object> served = new HashMap<>();
        receipt.values().forEach(value -> served.put(value.input(), value.value()));
        served.putAll(instead);
        @Nullable Object[] values = new Object[model.inputs().size()];
        for (int i = 0; i < values.length; i++) {
            String input = model.inputs().get(i).name();
            if (!served.containsKey(input)) {
                throw new TarnException(
                        ErrorCode.BAD_REQUEST,
                        "version " + model.version() + " takes '" + input
                                + "', which was not served with this prediction");
            }
            values[i] = served.get(input);
        }
        return values;
    }

    private static List<Part> parts(ServedModel model, @Nullable Object[] values, double[] contributions) {
        List<Part> parts = new ArrayList<>();
        List<Input> inputs = model.inputs();
        for (int i = 0; i < inputs.size(); i++) {
            parts.add(new Part(inputs.get(i).name(), values[i], contributions[i]));
        }
        parts.sort(Comparator.comparingDouble((Part part) -> Math.abs(part.contribution()))
                .reversed());
        return List.copyOf(parts);
    }
}
