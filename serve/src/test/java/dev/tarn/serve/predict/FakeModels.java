package dev.tarn.serve.predict;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.model.ServedModel;
import dev.tarn.core.model.ServedModels;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// A registry in memory whose versions predict `amount / 1000 + version / 100`, and where loading may fail.
final class FakeModels implements ServedModels {
    final Map<String, Long> aliases = new ConcurrentHashMap<>(Map.of("champion", 1L));
    final Set<Long> broken = new HashSet<>();
    /// Versions that take an input no service of the tests has.
    final Set<Long> needsMore = new HashSet<>();

    @Override
    public List<String> names() {
        return List.of("card_fraud");
    }

    @Override
    public long version(String model, String alias) {
        Long version = aliases.get(alias);
        if (version == null) {
            throw new TarnException(ErrorCode.NOT_FOUND, "model '" + model + "' has no alias '" + alias + "'");
        }
        return version;
    }

    @Override
    public ServedModel load(String model, long version) {
        if (broken.contains(version)) {
            throw new TarnException(ErrorCode.MODEL_INVALID, "version " + version + " is damaged");
        }
        return new Fake(model, version, needsMore.contains(version));
    }

    private record Fake(String name, long version, boolean needsMore) implements ServedModel {
        @Override
        public String runId() {
            return "run";
        }

        @Override
        public String code() {
            return "code";
        }

        @Override
        public List<Input> inputs() {
            Input amount = new Input("amount", Kind.NUMBER, List.of());
            Input brand = new Input("brand", Kind.CATEGORY, List.of("Visa", "Amex"));
            return needsMore
                    ? List.of(amount, brand, new Input("country", Kind.CATEGORY, List.of("FR")))
                    : List.of(amount, brand);
        }

        @Override
        public OptionalDouble threshold() {
            return OptionalDouble.of(0.5);
        }

        @Override
        public double predict(@Nullable Object[] values) {
            double amount = values[0] instanceof Number number ? number.doubleValue() : 0;
            return Math.clamp(amount / 1000 + version / 100.0 + ("Amex".equals(values[1]) ? 0.2 : 0), 0, 1);
        }

        @Override
        public double[] contributions(@Nullable Object[] values) {
            return new double[] {1, -2, 0.5};
        }
    }
}
