package dev.tarn.orchestrate;

import java.util.Optional;
import java.util.OptionalLong;

/// What a step that succeeded has to say.
///
/// @param rows rows written, or checked; empty when that has no meaning
/// @param message one line for people
/// @param detail what is worth keeping for later, such as the compiled SQL
public record StepResult(OptionalLong rows, String message, Optional<String> detail) {
    /// Rows and a line for people.
    public static StepResult of(long rows, String message) {
        return new StepResult(OptionalLong.of(rows), message, Optional.empty());
    }

    /// A line for people.
    public static StepResult of(String message) {
        return new StepResult(OptionalLong.empty(), message, Optional.empty());
    }

    /// The same result with its detail.
    public StepResult withDetail(String detail) {
        return new StepResult(rows, message, Optional.of(detail));
    }
}
