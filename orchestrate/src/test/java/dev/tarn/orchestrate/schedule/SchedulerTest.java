package dev.tarn.orchestrate.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.config.Interpolation;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.orchestrate.SetTiming;
import dev.tarn.orchestrate.queue.RunQueue;
import dev.tarn.orchestrate.queue.RunRequest;
import dev.tarn.orchestrate.queue.RunRequest.Kept;
import dev.tarn.orchestrate.queue.RunRequest.State;
import dev.tarn.orchestrate.queue.Work;
import dev.tarn.orchestrate.queue.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.Schema;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// When schedules ask for runs, by a clock that the test sets.
class SchedulerTest {
    private static final Interpolation NO_VALUES = new Interpolation(Map.of(), Map.of());

    @TempDir
    Path folder;

    private final SetTiming clock = new SetTiming("2026-03-10T12:00:30Z");
    private final Map<String, String> files = new HashMap<>();
    private Lake lake;
    private RunQueue queue;
    private Scheduler scheduler;
    private final List<String> ran = new ArrayList<>();
    private final Map<String, String> failing = new HashMap<>();

    @BeforeEach
    void open() {
        lake = Lake.open(LakeConfig.inFolder(folder.resolve("lake")));
        queue = new RunQueue(lake.database(), clock);
        scheduler = scheduler();
    }

    private Scheduler scheduler() {
        return new Scheduler(
                lake, () -> ScheduleFiles.read(folder, NO_VALUES), source -> files.getOrDefault(source, "none"), clock);
    }

    @AfterEach
    void close() {
        lake.close();
    }

    @Test
    void timesAreAskedForOnceHoweverManyLook() throws IOException {
        write("hourly", "cron: 15 * * * *\nselect: [gold.*]\npriority: 3");
        scheduler.tick();
        assertThat(queue.latest(10)).isEmpty();
        clock.set("2026-03-10T12:15:01Z");
        scheduler.tick();
        scheduler().tick();
        assertThat(queue.latest(10)).singleElement().satisfies(kept -> {
            assertThat(kept.request().key()).isEqualTo("schedule/hourly/at/2026-03-10T12:15:00Z");
            assertThat(kept.request().work()).isEqualTo(new Work.Steps(List.of("gold.*"), false, false, Map.of()));
            assertThat(kept.request().priority()).isEqualTo(3);
        });
    }

    @Test
    void whatWasMissedIsMadeUpForAsTheScheduleSays() throws IOException {
        write("last", "cron: 0 * * * *");
        write("all", "cron: 0 * * * *\ncatch-up: all");
        write("none", "cron: 0 * * * *\ncatch-up: none");
        scheduler.tick();
        clock.set("2026-03-10T15:30:00Z");
        scheduler.tick();
        assertThat(keys("last")).containsExactly("schedule/last/at/2026-03-10T15:00:00Z");
        assertThat(queue.ofSchedule("last", 9).getFirst().request().cause().reason())
                .contains("2 before it");
        assertThat(keys("all"))
                .containsExactlyInAnyOrder(
                        "schedule/all/at/2026-03-10T13:00:00Z",
                        "schedule/all/at/2026-03-10T14:00:00Z",
                        "schedule/all/at/2026-03-10T15:00:00Z");
        assertThat(keys("none")).isEmpty();
        clock.set("2026-03-10T16:00:10Z");
        scheduler.tick();
        assertThat(keys("none")).containsExactly("schedule/none/at/2026-03-10T16:00:00Z");
    }

    @Test
    void aScheduleThatOverlapsItselfIsLeftOutOrWaits() throws IOException {
        write("skips", "cron: 0 * * * *");
        write("waits", "cron: 0 * * * *\noverlap: queue");
        scheduler.tick();
        clock.set("2026-03-10T13:00:00Z");
        scheduler.tick();
        clock.set("2026-03-10T14:00:00Z");
        scheduler.tick();
        assertThat(states("skips")).containsExactly(State.SKIPPED, State.QUEUED);
        assertThat(queue.ofSchedule("skips", 1).getFirst().error()).contains("its earlier run was still under way");
        assertThat(states("waits")).containsExactly(State.QUEUED, State.QUEUED);
        worker().round();
        clock.set("2026-03-10T15:00:00Z");
        scheduler.tick();
        assertThat(states("skips")).containsExactly(State.QUEUED, State.SKIPPED, State.DONE);
    }

    @Test
    void clocksThatChangeNeitherRepeatNorForget() throws IOException {
        write("nightly", "cron: 30 2 * * *\nzone: Europe/Paris");
        // The hour from 2 to 3 is skipped on the 29th of March, and comes twice on the 25th of October.
        for (List<String> night : List.of(
                List.of("2026-03-28T23:00:00Z", "2026-03-29T01:30:00Z"),
                List.of("2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z"))) {
            lake.database().writing(handle -> handle.execute("DELETE FROM run_request"));
            lake.database().writing(handle -> handle.execute("DELETE FROM run_schedule"));
            clock.set(night.getFirst());
            for (int i = 0; i < 16; i++) {
                scheduler.tick();
                clock.pass(Duration.ofMinutes(15));
            }
            assertThat(keys("nightly")).containsExactly("schedule/nightly/at/" + night.getLast());
        }
    }

    @Test
    void aClockThatJumpsBackRepeatsNothingAndOneThatWasFarAheadBeginsAnew() throws IOException {
        write("hourly", "cron: 0 * * * *\noverlap: queue");
        scheduler.tick();
        clock.set("2026-03-10T13:00:05Z");
        scheduler.tick();
        clock.set("2026-03-10T12:59:00Z");
        scheduler.tick();
        clock.set("2026-03-10T13:00:30Z");
        scheduler.tick();
        assertThat(keys("hourly")).hasSize(1);
        clock.set("2099-01-01T00:30:00Z");
        scheduler.tick();
        assertThat(keys("hourly")).hasSize(2);
        clock.set("2026-03-10T13:10:00Z");
        scheduler.tick();
        clock.set("2026-03-10T14:00:00Z");
        scheduler.tick();
        assertThat(keys("hourly")).contains("schedule/hourly/at/2026-03-10T14:00:00Z");
    }

    @Test
    void newFilesAskForARunOnceTheyStayAsTheyAre() throws IOException {
        write("arrivals", "files: [bronze.payments]\ncheck: 10s");
        files.put("bronze.payments", "a.csv 10");
        scheduler.tick();
        assertThat(states("arrivals")).containsExactly(State.QUEUED);
        worker().round();
        look();
        assertThat(keys("arrivals")).hasSize(1);
        files.put("bronze.payments", "a.csv 10, b.csv 5");
        look();
        files.put("bronze.payments", "a.csv 10, b.csv 9");
        look();
        assertThat(keys("arrivals")).hasSize(1);
        look();
        assertThat(keys("arrivals")).hasSize(2);
        // While that run waits nothing more is asked for; afterwards what came meanwhile is.
        files.put("bronze.payments", "a.csv 10, b.csv 9, c.csv 1");
        look();
        look();
        assertThat(keys("arrivals")).hasSize(2);
        worker().round();
        look();
        assertThat(keys("arrivals")).hasSize(3);
    }

    @Test
    void rowsOfOthersAskForARun() throws IOException {
        write("follows", "tables: [s.events]\ncheck: 10s");
        lake.main().createNamespace(Namespace.of("s"));
        TableIdentifier events = TableIdentifier.of("s", "events");
        scheduler.tick();
        worker().round();
        assertThat(keys("follows")).hasSize(1);
        lake.main()
                .createTable(events, new Schema(Types.NestedField.required(1, "id", Types.LongType.get())))
                .newAppend()
                .commit();
        look();
        assertThat(queue.ofSchedule("follows", 1).getFirst().request().cause().reason())
                .isEqualTo("new rows in s.events");
        worker().round();
        look();
        assertThat(keys("follows")).hasSize(2);
    }

    @Test
    void whatIsPromisedIsBegunEarlyEnough() throws IOException {
        write("morning", "zone: Europe/Paris\nfresh: {by: 0 7 * * *, takes: 90m}");
        scheduler.tick();
        clock.set("2026-03-11T04:29:00Z");
        scheduler.tick();
        assertThat(keys("morning")).isEmpty();
        clock.set("2026-03-11T04:30:00Z");
        scheduler.tick();
        scheduler.tick();
        assertThat(keys("morning")).containsExactly("schedule/morning/by/2026-03-11T06:00:00Z");
    }

    @Test
    void whatMayNotGrowOldIsMadeAnewInTime() throws IOException {
        write("hour", "fresh: {within: 60m, takes: 10m}");
        scheduler.tick();
        worker().round();
        clock.pass(Duration.ofMinutes(49));
        scheduler.tick();
        assertThat(keys("hour")).hasSize(1);
        clock.pass(Duration.ofMinutes(1));
        scheduler.tick();
        assertThat(keys("hour")).hasSize(2);
        // One that fails is tried again, but not at once.
        failing.put("hour", "no");
        worker().round();
        scheduler.tick();
        assertThat(keys("hour")).hasSize(2);
        clock.pass(Duration.ofMinutes(30));
        scheduler.tick();
        assertThat(keys("hour")).hasSize(3);
    }

    @Test
    void aPausedScheduleAsksForNothing() throws IOException {
        write("hourly", "cron: 0 * * * *");
        scheduler.tick();
        ScheduleStates states = ScheduleStates.open(lake.database());
        states.pause("hourly", true);
        clock.set("2026-03-10T13:00:00Z");
        scheduler.tick();
        assertThat(keys("hourly")).isEmpty();
        states.pause("hourly", false);
        scheduler.tick();
        assertThat(keys("hourly")).hasSize(1);
    }

    @Test
    void aBackfillMakesWhatIsMissingAndCanBePaused() throws IOException {
        write("daily", "cron: 0 3 * * *\npartitions: {by: day, from: 2026-01-01}\nvars: {size: big}");
        clock.set("2026-03-10T02:59:00Z");
        scheduler.tick();
        clock.set("2026-03-10T03:00:00Z");
        scheduler.tick();
        worker().round();
        assertThat(ran).containsExactly("2026-03-09");
        Work.Steps work =
                (Work.Steps) queue.ofSchedule("daily", 1).getFirst().request().work();
        assertThat(work.vars())
                .containsEntry("size", "big")
                .containsEntry("partition_start", "2026-03-09 00:00:00")
                .containsEntry("partition_end", "2026-03-10 00:00:00");

        Backfills backfills = new Backfills(lake.database(), clock);
        Schedule daily = ScheduleFiles.read(folder, NO_VALUES).getFirst();
        String id =
                backfills.begin(daily, "2026-03-07", "2026-03-10", false, "ada").id();
        assertThat(backfills.get(id).counts()).containsExactly(Map.entry(State.QUEUED, 3));
        backfills.pause(id);
        worker().round();
        assertThat(ran).hasSize(1);
        backfills.resume(id);
        worker().round();
        assertThat(ran).containsExactly("2026-03-09", "2026-03-07", "2026-03-08", "2026-03-10");
        assertThat(backfills.get(id).isOver()).isTrue();
        assertThatThrownBy(() -> backfills.begin(daily, "2026-03-07", "2026-03-10", false, "ada"))
                .hasMessageContaining("--again");
        assertThatThrownBy(() -> backfills.begin(daily, "2025-03-07", "2026-03-10", false, "ada"))
                .hasMessageContaining("nothing before 2026-01-01");
        assertThatThrownBy(() -> backfills.begin(daily, "March", "2026-03-10", false, "ada"))
                .hasMessageContaining("2026-03-01");
    }

    @Test
    void partitionsOfAllUnitsFollowEachOther() {
        java.time.LocalDate from = java.time.LocalDate.parse("2020-01-01");
        assertThat(new Partitions(Partitions.Unit.MONTH, from).between("2026-11", "2027-01"))
                .containsExactly("2026-11", "2026-12", "2027-01");
        assertThat(new Partitions(Partitions.Unit.WEEK, from).between("2026-03-04", "2026-03-09"))
                .containsExactly("2026-03-02", "2026-03-09");
        assertThat(new Partitions(Partitions.Unit.HOUR, from).between("2026-03-01T23", "2026-03-02T00"))
                .containsExactly("2026-03-01T23", "2026-03-02T00");
    }

    @Test
    void aWrongFileIsNamedWithItsLine() throws IOException {
        write("wrong", "cron: 0 25 * * *");
        assertWrong("wrong.yml:1", "'25' is not from 0 to 23");
        write("wrong", "cron: 0 2 * * *\ncatch-up: al");
        assertWrong("wrong.yml:2", "expected one of last, all, none");
        write("wrong", "cron: 0 2 * * *\nzone: Europe/Pari");
        assertWrong("wrong.yml:2", "Europe/Paris");
        write("wrong", "corn: 0 2 * * *\ncron: 0 3 * * *");
        assertWrong("wrong.yml:1", "did you mean 'cron'?");
        write("wrong", "select: [a.b]");
        assertWrong("wrong.yml:1", "one of cron, files, tables, fresh");
        write("wrong", "cron: 0 2 * * *\ncatch-up: all\noverlap: skip");
        assertWrong("wrong.yml:3", "would leave out");
        Files.writeString(folder.resolve("runs.yml"), "steps:\n  - select: [a.*]\n    pool: db\n");
        assertThatThrownBy(() -> RunSettings.read(folder, NO_VALUES))
                .hasMessageContaining("runs.yml:3")
                .hasMessageContaining("there is no pool 'db'");
    }

    private void assertWrong(String place, String words) {
        assertThatThrownBy(() -> ScheduleFiles.read(folder, NO_VALUES))
                .hasMessageContaining(place)
                .hasMessageContaining(words);
    }

    /// A while later.
    private void look() {
        clock.pass(Duration.ofSeconds(10));
        scheduler.tick();
    }

    private Worker worker() {
        return new Worker(
                queue,
                (RunRequest request,
                        java.util.concurrent.atomic.AtomicBoolean cancelled,
                        java.util.function.Consumer<String> began) -> {
                    request.cause().partition().ifPresent(ran::add);
                    return new Worker.Outcome(
                            Optional.empty(), request.cause().schedule().map(failing::get), true);
                },
                () -> {},
                1);
    }

    private List<String> keys(String schedule) {
        return queue.ofSchedule(schedule, 100).stream()
                .map(kept -> kept.request().key())
                .toList();
    }

    private List<State> states(String schedule) {
        return queue.ofSchedule(schedule, 100).stream().map(Kept::state).toList();
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve("schedules").resolve(name + ".yml");
        Files.createDirectories(file.getParent());
        Files.writeString(file, text + "\n");
    }
}
