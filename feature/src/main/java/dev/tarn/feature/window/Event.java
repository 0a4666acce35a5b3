package dev.tarn.feature.window;

/// One event of one entity, as a view's arithmetic sees it. Mutable, so that a loop over millions of
/// events can use a single one.
///
/// Times are microseconds since 1970 in UTC. A measure is in `bits` (a `LONG`, or a `DOUBLE`'s raw
/// bits), or it is a text, which each kind of event holds in its own way, unless its bit in `nulls` is set.
public abstract sealed class Event permits WholeEvent, PackedEvent {
    public long time;
    public long created;
    public long nulls;
    public final long[] bits;

    Event(int measures) {
        bits = new long[measures];
    }

    /// Whether a measure is null.
    public final boolean isNull(int measure) {
        return (nulls >>> measure & 1) != 0;
    }
}
