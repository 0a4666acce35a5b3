package dev.tarn.core.feature;

import java.util.List;

/// Which features a caller wants, in this order.
public sealed interface FeatureSelection {
    /// The features of a feature service, in the order of its definition.
    record Service(String name) implements FeatureSelection {}

    /// Features by name: `view:feature`, `view` for all of a view's, or the name of an on-demand feature.
    record Names(List<String> names) implements FeatureSelection {
        public Names {
            names = List.copyOf(names);
        }
    }
}
