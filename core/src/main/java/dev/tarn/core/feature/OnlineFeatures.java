package dev.tarn.core.feature;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Features for serving: exact for the instant asked for, whatever arrived or did not arrive since.
/// Thread-safe.
public interface OnlineFeatures {
    /// The most entities that one call may name.
    int ENTITIES_MAX = 10_000;

    /// The features of a selection, in order.
    ///
    /// @throws dev.tarn.core.error.TarnException `NOT_FOUND` naming what is unknown and the nearest known name
    List<FeatureInfo> describe(FeatureSelection selection);

    /// The join keys and request inputs that rows of [#read] must hold, with their Trino types.
    Map<String, String> inputs(FeatureSelection selection);

    /// Reads the selection's features for each row.
    ///
    /// @param rows entity keys and request inputs by name; values as JSON gives them, or as [FeatureValue] does
    /// @param at the instant at which the features are wanted, normally now
    /// @return for each row, the values in the order of [#describe]
    /// @throws dev.tarn.core.error.TarnException `BAD_REQUEST` for a missing or mistyped key, `LIMIT_EXCEEDED` for
    ///     more than [#ENTITIES_MAX] rows, `NOT_FOUND` as [#describe]
    List<List<FeatureValue>> read(
            FeatureSelection selection, List<? extends Map<String, ? extends @Nullable Object>> rows, Instant at);
}
