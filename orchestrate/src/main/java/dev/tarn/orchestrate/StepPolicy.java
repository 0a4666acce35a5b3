package dev.tarn.orchestrate;

import java.time.Duration;
import java.util.Optional;

/// How a step is run.
///
/// @param retries how often it is run again after a failure that may pass by itself
/// @param retryWait before the first time that it is run again; twice as long before each further one
/// @param retryWaitMax the longest of these waits
/// @param timeLimit how long one try may take
/// @param pool whose places it shares with other steps, also of other runs and processes
/// @param priority the higher goes first when several are ready and not all have a place
public record StepPolicy(
        int retries,
        Duration retryWait,
        Duration retryWaitMax,
        Optional<Duration> timeLimit,
        Optional<String> pool,
        int priority) {
    /// Once, as long as it takes.
    public static final StepPolicy DEFAULT =
            new StepPolicy(0, Duration.ofSeconds(10), Duration.ofMinutes(10), Optional.empty(), Optional.empty(), 0);

    /// How long to wait before a step is run again.
    ///
    /// @param retry 1 for the first time
    public Duration waitBefore(int retry) {
        return backOff(retryWait, retryWaitMax, retry);
    }

    /// A wait that doubles with each time, up to the longest. No part of it is random.
    ///
    /// @param time 1 for the first
    public static Duration backOff(Duration first, Duration longest, int time) {
        Duration wait = first;
        for (int i = 1; i < time && wait.compareTo(longest) < 0; i++) {
            wait = wait.multipliedBy(2);
        }
        return wait.compareTo(longest) < 0 ? wait : longest;
    }
}
