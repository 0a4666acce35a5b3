package dev.tarn.transform.run;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.context.Invocation;
import dev.tarn.transform.context.NodeContext;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.NodeConfig;
import dev.tarn.transform.project.NodeWords;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The batches of an incremental model of strategy `microbatch`: spans of event time, each built and replaced on its
/// own, as dbt lays them out. All times are in UTC.
final class Microbatches {
    private static final int BATCHES_MAX = 100_000;
    private static final DateTimeFormatter LITERAL = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

    private Microbatches() {}

    /// The lengths that a batch may have.
    private enum Size {
        HOUR(ChronoUnit.HOURS, "yyyyMMdd'T'HH"),
        DAY(ChronoUnit.DAYS, "yyyyMMdd"),
        MONTH(ChronoUnit.MONTHS, "yyyyMM"),
        YEAR(ChronoUnit.YEARS, "yyyy");

        private final ChronoUnit unit;
        private final DateTimeFormatter id;

        Size(ChronoUnit unit, String id) {
            this.unit = unit;
            this.id = DateTimeFormatter.ofPattern(id, Locale.ROOT);
        }

        LocalDateTime floor(LocalDateTime time) {
            return switch (this) {
                case HOUR -> time.truncatedTo(ChronoUnit.HOURS);
                case DAY -> time.truncatedTo(ChronoUnit.DAYS);
                case MONTH -> time.truncatedTo(ChronoUnit.DAYS).withDayOfMonth(1);
                case YEAR -> time.truncatedTo(ChronoUnit.DAYS).withDayOfYear(1);
            };
        }

        LocalDateTime ceiling(LocalDateTime time) {
            LocalDateTime floor = floor(time);
            return floor.equals(time) ? time : floor.plus(1, unit);
        }
    }

    /// A span of event time.
    ///
    /// @param id dbt's name of it, such as `20250131`
    /// @param end exclusive
    /// @param adds whether it goes into a table that is there; false for the first of a table that is made anew
    record Batch(String id, LocalDateTime start, LocalDateTime end, boolean adds) {
        /// The condition for a column's rows of this batch.
        String condition(String column) {
            return column + " >= TIMESTAMP '" + LITERAL.format(start) + "' and " + column + " < TIMESTAMP '"
                    + LITERAL.format(end) + "'";
        }

        /// What templates see of it: `model.batch`, and the configuration that dbt's own macros look at.
        void describe(NodeContext context, Node node) {
            Map<String, @Nullable Object> words = NodeWords.of(node);
            Map<String, @Nullable Object> config = node.config().asMap();
            config.put("__dbt_internal_microbatch_event_time_start", start);
            config.put("__dbt_internal_microbatch_event_time_end", end);
            words.put("config", config);
            Map<String, @Nullable Object> batch = new LinkedHashMap<>();
            batch.put("id", id);
            batch.put("event_time_start", start);
            batch.put("event_time_end", end);
            words.put("batch", batch);
            context.with("model", words);
        }
    }

    static boolean is(Node node) {
        return node.config().materialized().equals("incremental")
                && node.config()
                        .text("incremental_strategy")
                        .filter("microbatch"::equals)
                        .isPresent();
    }

    /// The batches to build, in order.
    ///
    /// @param there whether the model's table is there and is to be added to
    /// @throws TarnException `CONFIG_INVALID` naming what is missing in the configuration
    static List<Batch> of(Node node, Invocation invocation, boolean there) {
        NodeConfig config = node.config();
        if (config.text("event_time").isEmpty()) {
            throw invalid(node, "event_time is missing: name the column that says when a row happened");
        }
        Size size = size(node);
        LocalDateTime begin = size.floor(time(
                node,
                "begin",
                config.text("begin").orElseThrow(() -> invalid(node, "begin is missing, such as begin='2024-01-01'"))));
        LocalDateTime now = invocation.startedAt();
        LocalDateTime end = size.ceiling(invocation.eventTimes().end().orElse(now));
        LocalDateTime start = invocation
                .eventTimes()
                .start()
                .map(size::floor)
                .orElseGet(() -> there ? lookingBack(node, size, end) : begin);
        List<Batch> batches = new ArrayList<>();
        boolean adds = there;
        for (LocalDateTime at = start.isBefore(begin) ? begin : start; at.isBefore(end); at = at.plus(1, size.unit)) {
            if (batches.size() == BATCHES_MAX) {
                throw invalid(
                        node,
                        "from " + start + " to " + end + " there are more than " + BATCHES_MAX
                                + " batches: choose a larger batch_size");
            }
            batches.add(new Batch(size.id.format(at), at, at.plus(1, size.unit), adds));
            adds = true;
        }
        if (batches.isEmpty()) {
            throw invalid(node, "there is no batch from " + start + " to " + end);
        }
        return batches;
    }

    /// The batch that now is in, and as many before it as `lookback` says.
    private static LocalDateTime lookingBack(Node node, Size size, LocalDateTime end) {
        String lookback = node.config().text("lookback").orElse("1");
        if (!lookback.matches("\\d{1,6}")) {
            throw invalid(node, "lookback is a number of batches, not '" + lookback + "'");
        }
        return end.minus(Long.parseLong(lookback) + 1, size.unit);
    }

    private static Size size(Node node) {
        String name = node.config()
                .text("batch_size")
                .orElseThrow(() -> invalid(node, "batch_size is missing: hour, day, month or year"));
        try {
            return Size.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw invalid(node, "batch_size is hour, day, month or year, not '" + name + "'");
        }
    }

    private static LocalDateTime time(Node node, String key, String text) {
        try {
            return Invocation.EventTimes.parse(text);
        } catch (DateTimeParseException e) {
            throw invalid(node, key + " is a day or a time in UTC, such as 2024-01-31, not '" + text + "'");
        }
    }

    private static TarnException invalid(Node node, String message) {
        return new TarnException(
                ErrorCode.CONFIG_INVALID, node.path() + ": the microbatch model " + node.name() + ": " + message);
    }
}
