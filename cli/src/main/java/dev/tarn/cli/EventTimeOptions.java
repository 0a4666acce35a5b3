package dev.tarn.cli;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.context.Invocation.EventTimes;
import java.time.LocalDateTime;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import picocli.CommandLine.Option;

/// The time that microbatch models are asked to build.
final class EventTimeOptions {
    @Option(
            names = "--event-time-start",
            paramLabel = "TIME",
            description = "Builds the batches of microbatch models from this day or time in UTC on.")
    private Optional<String> start = Optional.empty();

    @Option(names = "--event-time-end", paramLabel = "TIME", description = "The same up to this day or time.")
    private Optional<String> end = Optional.empty();

    /// @throws TarnException `USAGE` when one is no time, or there is a start that is not before the end
    EventTimes span() {
        EventTimes span = new EventTimes(
                start.map(text -> parse("--event-time-start", text)), end.map(text -> parse("--event-time-end", text)));
        if (span.start().isPresent()
                && span.end().isPresent()
                && !span.start().get().isBefore(span.end().get())) {
            throw new TarnException(ErrorCode.USAGE, "--event-time-start must be before --event-time-end");
        }
        return span;
    }

    private static LocalDateTime parse(String option, String text) {
        try {
            return EventTimes.parse(text);
        } catch (DateTimeParseException e) {
            throw new TarnException(
                    ErrorCode.USAGE, option + " takes a day or a time in UTC, such as 2024-01-31, not '" + text + "'");
        }
    }
}
