package dev.tarn.core.feature;

/// One feature, as a caller may know it.
///
/// @param view the feature view that defines it, or the on-demand feature's own name
/// @param name its name within the view, such as `payments_7d`
/// @param type its Trino type, such as `double` or `bigint`
/// @param description the definition's words, or empty
public record FeatureInfo(String view, String name, String type, String description) {
    /// `view:feature`, unique within a project.
    public String reference() {
        return view + ":" + name;
    }

    /// `view__feature`, as Feast writes full feature names.
    public String fullName() {
        return view + "__" + name;
    }
}
