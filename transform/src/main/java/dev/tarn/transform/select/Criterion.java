package dev.tarn.transform.select;

import java.util.List;

/// A selector's definition.
public sealed interface Criterion {
    /// A word as on the command line.
    record Word(String text) implements Criterion {}

    /// What fits one of them.
    record Union(List<Criterion> of, List<Criterion> exclude) implements Criterion {}

    /// What fits all of them.
    record Intersection(List<Criterion> of, List<Criterion> exclude) implements Criterion {}
}
