package dev.tarn.orchestrate.schedule;

import dev.tarn.core.schedule.Cron;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One `schedules/*.yml`: the name of the file is the name of the schedule.
///
/// @param triggers what makes it ask for a run
/// @param zone in which times are meant
/// @param select what runs, as `tarn run --select` takes it; empty for everything
/// @param vars values for the run
/// @param partitions when each run makes one part of the data
/// @param priority the higher goes first
/// @param retries how often a failed run is run again
/// @param timeLimit how long a run may take
public record Schedule(
        String name,
        Path file,
        String description,
        List<Trigger> triggers,
        ZoneId zone,
        CatchUp catchUp,
        Overlap overlap,
        List<String> select,
        boolean all,
        boolean fullRefresh,
        Map<String, String> vars,
        Optional<Partitions> partitions,
        int priority,
        int retries,
        Duration retryWait,
        Optional<Duration> timeLimit) {
    public Schedule {
        triggers = List.copyOf(triggers);
        select = List.copyOf(select);
        vars = Map.copyOf(vars);
    }

    /// Something that asks for a run.
    public sealed interface Trigger {
        /// At times.
        record At(Cron cron) implements Trigger {}

        /// When sources have new files.
        ///
        /// @param check how often that is looked for
        record Files(List<String> sources, Duration check) implements Trigger {}

        /// When tables have rows that this schedule's own runs did not make.
        record Tables(List<String> tables, Duration check) implements Trigger {}

        /// So early that the run has ended by a promised time.
        ///
        /// @param takes how long a run takes; empty: as the last ones did
        record By(Cron promised, Optional<Duration> takes) implements Trigger {}

        /// So early that what is published is never older than this.
        record Within(Duration age, Optional<Duration> takes) implements Trigger {}
    }

    /// What becomes of times at which no process was there to see them.
    public enum CatchUp {
        /// One run for all of them, for the last one.
        LAST,
        /// A run for each.
        ALL,
        /// No run.
        NONE
    }

    /// What becomes of a time at which the schedule's earlier run is still under way.
    public enum Overlap {
        /// It is left out, and noted.
        SKIP,
        /// It waits.
        QUEUE
    }
}
