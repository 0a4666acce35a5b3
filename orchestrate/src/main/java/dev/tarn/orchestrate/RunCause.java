package dev.tarn.orchestrate;

import java.time.Instant;
import java.util.Optional;

/// Why there is a run.
///
/// @param request the key of the request that it answers; empty when a person runs it in their own process
/// @param schedule the schedule that asked for it
/// @param reason in words
/// @param partition which part of the data it is about
/// @param nominal the time that it was meant for
public record RunCause(
        Optional<String> request,
        Optional<String> schedule,
        String reason,
        Optional<String> partition,
        Optional<Instant> nominal) {
    /// A person started it.
    public static final RunCause BY_HAND =
            new RunCause(Optional.empty(), Optional.empty(), "by hand", Optional.empty(), Optional.empty());
}
