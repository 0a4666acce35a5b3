package dev.tarn.feature.window;

import org.jspecify.annotations.Nullable;

/// An event with its texts.
public final class WholeEvent extends Event {
    public final @Nullable String[] texts;
    /// What identifies it among duplicates, or null when every row counts.
    public @Nullable String id;

    public WholeEvent(int measures) {
        super(measures);
        texts = new String[measures];
    }
}
