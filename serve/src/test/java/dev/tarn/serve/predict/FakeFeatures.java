package dev.tarn.serve.predict;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.FeatureInfo;
import dev.tarn.core.feature.FeatureSelection;
import dev.tarn.core.feature.FeatureValue;
import dev.tarn.core.feature.FeatureValue.Status;
import dev.tarn.core.feature.OnlineFeatures;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A store in memory with one feature, `brands:amount` of the key `card_id`, which knows cards above zero: ten times
/// their id; and which can be lost.
final class FakeFeatures implements OnlineFeatures {
    static final Instant EVENT = Instant.parse("2026-01-01T00:00:00Z");
    volatile boolean lost;

    @Override
    public List<FeatureInfo> describe(FeatureSelection selection) {
        return List.of(new FeatureInfo("cards", "amount", "double", ""));
    }

    @Override
    public Map<String, String> inputs(FeatureSelection selection) {
        return Map.of("card_id", "bigint");
    }

    @Override
    public List<List<FeatureValue>> read(
            FeatureSelection selection, List<? extends Map<String, ? extends @Nullable Object>> rows, Instant at) {
        if (lost) {
            throw new TarnException(ErrorCode.UNAVAILABLE, "the online store does not answer");
        }
        return rows.stream()
                .map(row -> row.get("card_id") instanceof Long id && id > 0
                        ? List.of(new FeatureValue(id * 10.0, Status.PRESENT, EVENT, 7))
                        : List.of(new FeatureValue(null, Status.NOT_FOUND, null, 7)))
                .toList();
    }
}
