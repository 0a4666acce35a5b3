package dev.tarn.govern.contract;

import java.util.Locale;
import java.util.Optional;

/// What a broken rule does to a commit.
public enum Severity {
    /// Recorded.
    INFO,
    /// Recorded and shown.
    WARNING,
    /// Keeps the commit from becoming visible; a rule on single rows sends them to quarantine instead.
    ERROR;

    /// The severity of a word of the standard's `severity` key, which is free text there.
    static Optional<Severity> of(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "info", "low" -> Optional.of(INFO);
            case "warning", "warn", "medium" -> Optional.of(WARNING);
            case "error", "critical", "high" -> Optional.of(ERROR);
            default -> Optional.empty();
        };
    }
}
