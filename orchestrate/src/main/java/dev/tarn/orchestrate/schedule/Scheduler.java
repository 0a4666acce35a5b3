package dev.tarn.orchestrate.schedule;

import dev.tarn.core.digest.Sha256;
import dev.tarn.core.schedule.Cron;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.lake.state.Database;
import dev.tarn.orchestrate.RunCause;
import dev.tarn.orchestrate.queue.RunQueue;
import dev.tarn.orchestrate.queue.RunRequest;
import dev.tarn.orchestrate.queue.RunRequest.Kept;
import dev.tarn.orchestrate.queue.RunRequest.State;
import dev.tarn.orchestrate.queue.Work;
import dev.tarn.orchestrate.schedule.Schedule.CatchUp;
import dev.tarn.orchestrate.schedule.Schedule.Overlap;
import dev.tarn.orchestrate.schedule.Schedule.Trigger;
import dev.tarn.orchestrate.schedule.ScheduleStates.Seen;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;

/// Asks for the runs that schedules want. What it has seen is in the database, and each request has a key that says
/// what it is for: several processes may look at the same time, and one that dies misses nothing.
public final class Scheduler {
    /// The user of runs that nobody asked for.
    public static final String USER = "scheduler";

    private static final Logger LOG = System.getLogger(Scheduler.class.getName());

    /// What is later than this was missed.
    private static final Duration LATE = Duration.ofMinutes(5);

    /// A clock that was set back by less only has to catch up with itself.
    private static final Duration BACK_MAX = Duration.ofHours(2);

    private static final int CATCH_UP_MAX = 1_000;
    private static final int LAST_RUNS = 20;

    private final Lake lake;
    private final Database database;
    private final ScheduleStates states;
    private final Supplier<List<Schedule>> schedules;
    private final Sensors sensors;
    private final InstantSource clock;
    private final Map<String, Instant> looked = new HashMap<>();
    private final Map<String, String> broken = new HashMap<>();

    /// @param schedules as the project's files say now
    public Scheduler(Lake lake, Supplier<List<Schedule>> schedules, Sensors sensors, InstantSource clock) {
        this.lake = lake;
        this.database = lake.database();
        new RunQueue(database, clock);
        this.states = ScheduleStates.open(database);
        this.schedules = schedules;
        this.sensors = sensors;
        this.clock = clock;
    }

    /// Asks for what is due now. One schedule that cannot be looked after does not keep others from it.
    public void tick() {
        Map<String, Map<String, Seen>> seen = states.all();
        for (Schedule schedule : schedules.get()) {
            if (states.isPaused(seen, schedule.name())) {
                continue;
            }
            int number = 0;
            for (Trigger trigger : schedule.triggers()) {
                String name = trigger.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT)
                        + (number++ == 0 ? "" : "-" + number);
                Optional<Seen> before = Optional.ofNullable(
                        seen.getOrDefault(schedule.name(), Map.of()).get(name));
                try {
                    look(schedule, trigger, name, before);
                    broken.remove(schedule.name() + "/" + name);
                } catch (RuntimeException e) {
                    String said = String.valueOf(e.getMessage());
                    if (!said.equals(broken.put(schedule.name() + "/" + name, said))) {
                        LOG.log(Level.WARNING, "the schedule " + schedule.name() + " cannot be looked after", e);
                    }
                }
            }
        }
    }

    private void look(Schedule schedule, Trigger trigger, String name, Optional<Seen> before) {
        switch (trigger) {
            case Trigger.At at -> at(schedule, at.cron(), name, before);
            case Trigger.Files files -> {
                if (isTime(schedule, name, files.check())) {
                    files(schedule, files, name, before);
                }
            }
            case Trigger.Tables tables -> {
                if (isTime(schedule, name, tables.check())) {
                    tables(schedule, tables, name, before);
                }
            }
            case Trigger.By by -> by(schedule, by, name, before);
            case Trigger.Within within -> within(schedule, within);
        }
    }

    // Times

    private void at(Schedule schedule, Cron cron, String name, Optional<Seen> before) {
        Instant now = clock.instant();
        Optional<Instant> last = lastLook(schedule, name, before, now);
        if (last.isEmpty()) {
            return;
        }
        List<Instant> due = new ArrayList<>();
        Optional<Instant> next = cron.next(last.get(), schedule.zone());
        while (next.isPresent() && !next.get().isAfter(now)) {
            due.add(next.get());
            if (due.size() > CATCH_UP_MAX) {
                due.removeFirst();
            }
            next = cron.next(next.get(), schedule.zone());
        }
        if (due.isEmpty()) {
            return;
        }
        Instant newest = due.getLast();
        List<Instant> wanted = switch (schedule.catchUp()) {
            case ALL -> due;
            case LAST -> List.of(newest);
            case NONE -> newest.isBefore(now.minus(LATE)) ? List.<Instant>of() : List.of(newest);
        };
        database.writing(handle -> {
            if (!states.move(handle, schedule.name(), name, before, new Seen(Optional.of(newest), ""))) {
                return;
            }
            boolean busy = schedule.overlap() == Overlap.SKIP
                    && underWay(handle, schedule).isPresent();
            for (Instant time : wanted) {
                String words = "its time " + time.atZone(schedule.zone()).truncatedTo(ChronoUnit.SECONDS)
                        + (due.size() > 1 && schedule.catchUp() == CatchUp.LAST
                                ? ", and " + (due.size() - 1) + " before it that were missed"
                                : "");
                RunRequest request = request(schedule, "at/" + time, words, Optional.of(time), now);
                RunQueue.insert(
                        handle,
                        request,
                        busy ? State.SKIPPED : State.QUEUED,
                        busy ? Optional.of("its earlier run was still under way") : Optional.empty(),
                        now);
            }
        });
    }

    /// The time that was looked after last; empty when the watch begins now.
    private Optional<Instant> lastLook(Schedule schedule, String name, Optional<Seen> before, Instant now) {
        Optional<Instant> last = before.flatMap(Seen::at);
        boolean lostInTime = last.isPresent() && last.get().isAfter(now.plus(BACK_MAX));
        if (lostInTime) {
            LOG.log(
                    Level.WARNING,
                    "the clock was set back from {0} or later to {1}: the schedule {2} begins again from now",
                    last.get(),
                    now,
                    schedule.name());
        }
        if (last.isEmpty() || lostInTime) {
            database.writing(
                    handle -> states.move(handle, schedule.name(), name, before, new Seen(Optional.of(now), "")));
            return Optional.empty();
        }
        return last;
    }

    private static Optional<Kept> underWay(Handle handle, Schedule schedule) {
        return RunQueue.ofSchedule(handle, schedule.name(), LAST_RUNS).stream()
                .filter(kept ->
                        !kept.state().isOver() && kept.request().backfill().isEmpty())
                .findFirst();
    }

    // Promises

    private void by(Schedule schedule, Trigger.By by, String name, Optional<Seen> before) {
        Instant now = clock.instant();
        Optional<Instant> last = lastLook(schedule, name, before, now);
        Optional<Instant> promised = last.flatMap(time -> by.promised().next(time, schedule.zone()));
        if (promised.isEmpty()) {
            return;
        }
        Duration takes = by.takes().orElseGet(() -> expected(schedule));
        if (now.isBefore(promised.get().minus(takes))) {
            return;
        }
        // Of promises that passed unseen the next one counts.
        Instant time = promised.get();
        Optional<Instant> later = by.promised().next(time, schedule.zone());
        while (later.isPresent() && !later.get().minus(takes).isAfter(now)) {
            time = later.get();
            later = by.promised().next(time, schedule.zone());
        }
        Instant target = time;
        database.writing(handle -> {
            if (states.move(handle, schedule.name(), name, before, new Seen(Optional.of(target), ""))) {
                String words = "promised by " + target.atZone(schedule.zone()).truncatedTo(ChronoUnit.SECONDS)
                        + ", begun " + takes.toMinutes() + " min before";
                RunQueue.insert(
                        handle,
                        request(schedule, "by/" + target, words, Optional.of(target), now),
                        State.QUEUED,
                        Optional.empty(),
                        now);
            }
        });
    }

    private void within(Schedule schedule, Trigger.Within within) {
        Instant now = clock.instant();
        database.writing(handle -> {
            List<Kept> latest = RunQueue.ofSchedule(handle, schedule.name(), LAST_RUNS);
            if (latest.stream().anyMatch(kept -> !kept.state().isOver())) {
                return;
            }
            Optional<Instant> fresh = latest.stream()
                    .filter(kept -> kept.state() == State.DONE)
                    .flatMap(kept -> kept.begunAt().stream())
                    .max(Instant::compareTo);
            Duration takes = within.takes().orElseGet(() -> expected(latest));
            Instant start =
                    fresh.map(time -> time.plus(within.age()).minus(takes)).orElse(now);
            long failed = latest.stream()
                    .takeWhile(kept -> kept.state() != State.DONE)
                    .filter(kept -> kept.state() == State.FAILED)
                    .count();
            Optional<Instant> lastFailure = latest.stream()
                    .findFirst()
                    .filter(kept -> kept.state() == State.FAILED)
                    .flatMap(Kept::endedAt);
            boolean waits = lastFailure.isPresent()
                    && lastFailure.get().plus(within.age().dividedBy(2)).isAfter(now);
            if (!start.isAfter(now) && !waits) {
                String words = fresh.isPresent()
                        ? "not to be older than " + within.age().toMinutes() + " min"
                        : "never done before";
                String key = "within/" + fresh.map(Instant::toString).orElse("first") + "/" + failed;
                RunQueue.insert(
                        handle,
                        request(schedule, key, words, Optional.of(now), now),
                        State.QUEUED,
                        Optional.empty(),
                        now);
            }
        });
    }

    /// How long a run takes: the longest of the last ones, a fifth and a minute more; ten minutes when there was none.
    private Duration expected(Schedule schedule) {
        return database.read(handle -> expected(RunQueue.ofSchedule(handle, schedule.name(), LAST_RUNS)));
    }

    private static Duration expected(List<Kept> latest) {
        return latest.stream()
                .filter(kept -> kept.state() == State.DONE)
                .map(kept -> Duration.between(
                        kept.begunAt().orElse(kept.askedAt()), kept.endedAt().orElse(kept.askedAt())))
                .max(Duration::compareTo)
                .map(longest -> longest.plus(longest.dividedBy(5)).plusMinutes(1))
                .orElse(Duration.ofMinutes(10));
    }

    // Inputs

    private boolean isTime(Schedule schedule, String name, Duration check) {
        Instant now = clock.instant();
        Instant last = looked.get(schedule.name() + "/" + name);
        if (last != null && now.isBefore(last.plus(check)) && !now.isBefore(last)) {
            return false;
        }
        looked.put(schedule.name() + "/" + name, now);
        return true;
    }

    /// A change counts when it is the same at two looks: a file that is being written is not loaded in its midst.
    private void files(Schedule schedule, Trigger.Files files, String name, Optional<Seen> before) {
        StringBuilder all = new StringBuilder();
        files.sources()
                .forEach(source -> all.append(source)
                        .append('\n')
                        .append(sensors.files(source))
                        .append('\n'));
        String now = Sha256.hex(all.toString());
        String[] known = before.map(Seen::what).orElse("").split(" ", 2);
        String done = known[0];
        String pending = known.length > 1 ? known[1] : "";
        if (now.equals(done)) {
            return;
        }
        if (!now.equals(pending)) {
            database.writing(handle ->
                    states.move(handle, schedule.name(), name, before, new Seen(Optional.empty(), done + " " + now)));
            // What was never seen before was not just written either.
            if (before.isPresent()) {
                return;
            }
        }
        Optional<Seen> noted = states.get(schedule.name(), name);
        fire(
                schedule,
                name,
                noted,
                new Seen(Optional.empty(), now),
                "files/" + now,
                "new files of " + String.join(", ", files.sources()));
    }

    private void tables(Schedule schedule, Trigger.Tables tables, String name, Optional<Seen> before) {
        Map<String, String> now = new TreeMap<>();
        tables.tables().forEach(table -> now.put(table, TableChanges.newest(lake, table)));
        String signature = now.toString();
        String known = before.map(Seen::what).orElse("");
        if (signature.equals(known)) {
            return;
        }
        List<String> changed = now.entrySet().stream()
                .filter(each -> !known.contains(each.getKey() + "=" + each.getValue()))
                .filter(each -> !TableChanges.isOwn(lake, database, schedule.name(), each.getKey(), each.getValue()))
                .map(Map.Entry::getKey)
                .toList();
        Seen seen = new Seen(Optional.empty(), signature);
        if (changed.isEmpty()) {
            database.writing(handle -> states.move(handle, schedule.name(), name, before, seen));
        } else {
            fire(
                    schedule,
                    name,
                    before,
                    seen,
                    "tables/" + Sha256.hex(signature),
                    "new rows in " + String.join(", ", changed));
        }
    }

    /// Asks for a run about inputs as they are; while an earlier one is under way nothing happens, and the next look
    /// sees them again.
    private void fire(Schedule schedule, String name, Optional<Seen> before, Seen seen, String key, String words) {
        Instant now = clock.instant();
        database.writing(handle -> {
            if (underWay(handle, schedule).isEmpty() && states.move(handle, schedule.name(), name, before, seen)) {
                RunQueue.insert(
                        handle,
                        request(schedule, key + "/" + now.toEpochMilli(), words, Optional.of(now), now),
                        State.QUEUED,
                        Optional.empty(),
                        now);
            }
        });
    }

    /// A request of a schedule.
    private static RunRequest request(
            Schedule schedule, String key, String reason, Optional<Instant> nominal, Instant now) {
        return request(
                schedule,
                "schedule/" + schedule.name() + "/" + key,
                reason,
                nominal,
                schedule.partitions().map(parts -> parts.lastBefore(nominal.orElse(now), schedule.zone())),
                schedule.priority(),
                Optional.empty(),
                USER,
                now);
    }

    static RunRequest request(
            Schedule schedule,
            String key,
            String reason,
            Optional<Instant> nominal,
            Optional<String> partition,
            int priority,
            Optional<String> backfill,
            String by,
            Instant now) {
        Map<String, String> vars = new TreeMap<>(schedule.vars());
        partition.ifPresent(
                part -> vars.putAll(schedule.partitions().orElseThrow().vars(part)));
        return new RunRequest(
                key,
                new Work.Steps(schedule.select(), schedule.all(), schedule.fullRefresh(), vars),
                Branches.MAIN,
                priority,
                new RunCause(Optional.of(key), Optional.of(schedule.name()), reason, partition, nominal),
                backfill,
                by,
                schedule.retries(),
                schedule.retryWait(),
                schedule.timeLimit(),
                now);
    }

    /// Asks for a run of a schedule now.
    public static RunRequest byHand(Schedule schedule, String key, Optional<String> partition, String by, Instant now) {
        return request(
                schedule,
                key,
                "asked for by " + by,
                Optional.of(now),
                partition,
                schedule.priority(),
                Optional.empty(),
                by,
                now);
    }
}
