package dev.tarn.orchestrate;

import java.util.Locale;

/// Something that a step reads or makes and that others can name: the nodes between the steps of the graph.
///
/// @param kind what it is
/// @param name unique within its kind; for a table or view `schema.name`
public record Asset(Kind kind, String name) implements Comparable<Asset> {
    /// The kinds of assets.
    public enum Kind {
        /// A table or view of the lake.
        TABLE,
        /// A feature view's materialized values.
        FEATURES,
        /// A registered model.
        MODEL
    }

    /// The table or view `schema.name`.
    public static Asset table(String name) {
        return new Asset(Kind.TABLE, name);
    }

    @Override
    public int compareTo(Asset other) {
        int byKind = kind.compareTo(other.kind);
        return byKind != 0 ? byKind : name.compareTo(other.name);
    }

    /// The name alone for a table, otherwise `kind:name`.
    @Override
    public String toString() {
        return kind == Kind.TABLE ? name : kind.name().toLowerCase(Locale.ROOT) + ":" + name;
    }
}
