package dev.tarn.server;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.project.Project;
import dev.tarn.ingest.SourceState;
import dev.tarn.ingest.Sources;
import dev.tarn.orchestrate.RunHistory;
import dev.tarn.orchestrate.notice.NoticeSettings;
import dev.tarn.orchestrate.notice.Notices;
import dev.tarn.orchestrate.queue.RunQueue;
import dev.tarn.orchestrate.queue.Worker;
import dev.tarn.orchestrate.schedule.Backfills;
import dev.tarn.orchestrate.schedule.RunSettings;
import dev.tarn.orchestrate.schedule.Schedule;
import dev.tarn.orchestrate.schedule.ScheduleFiles;
import dev.tarn.orchestrate.schedule.ScheduleStates;
import dev.tarn.orchestrate.schedule.Scheduler;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The project's runs that nobody types: what schedules, trainings and clients ask for, and a worker that does it.
/// Several processes may have one of these for the same project.
public final class ScheduledRuns implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ScheduledRuns.class);
    private static final Duration FORGET = Duration.ofHours(6);

    private final Lakehouse lakehouse;
    private final RunQueue queue;
    private final Scheduler scheduler;
    private final Retrainings retrainings;
    private final Worker worker;
    private final Clock clock;
    private final Duration keep;
    private final Notices notices;
    private final AtomicBoolean asking = new AtomicBoolean();
    private final AtomicBoolean telling = new AtomicBoolean();
    private volatile List<Schedule> known;
    private volatile RunSettings settings;
    private String complaint = "";
    private Instant forgot = Instant.EPOCH;

    /// Reads the project's schedules.
    ///
    /// @param clock says when something is due
    /// @throws TarnException `CONFIG_INVALID` with file and line
    public ScheduledRuns(Lakehouse lakehouse, Clock clock) {
        Project project = lakehouse.project();
        this.lakehouse = lakehouse;
        this.clock = clock;
        this.known = ScheduleFiles.read(project.folder(), project.interpolation());
        this.settings = RunSettings.read(project.folder(), project.interpolation());
        this.keep = settings.keep();
        this.queue = new RunQueue(lakehouse.lake().database(), clock);
        this.retrainings = new Retrainings(lakehouse, queue, clock);
        this.scheduler = new Scheduler(lakehouse.lake(), this::schedules, this::files, clock);
        this.notices = new Notices(lakehouse.lake().database(), project.name(), this::noticeSettings, clock);
        this.worker = new Worker(queue, new Launches(lakehouse, retrainings), this::look, settings.atOnce());
    }

    /// Works from now on, until closed.
    public void start() {
        worker.start();
    }

    /// Asks for what is due, and does what was asked for, one after the other.
    ///
    /// @return why models were trained again, by training
    public Map<String, String> round() {
        scheduler.tick();
        Map<String, String> reasons = retrainings.ask();
        while (worker.round() > 0) {
            log.debug("looking for more");
        }
        return reasons;
    }

    /// Requests for runs.
    public RunQueue queue() {
        return queue;
    }

    public RunHistory history() {
        return RunHistory.open(lakehouse.lake().database());
    }

    public Backfills backfills() {
        return new Backfills(lakehouse.lake().database(), clock);
    }

    public ScheduleStates states() {
        return ScheduleStates.open(lakehouse.lake().database());
    }

    /// The schedules as the project's files say now; as they said when they were last right, if they are wrong now.
    public List<Schedule> schedules() {
        Project project = lakehouse.project();
        try {
            known = ScheduleFiles.read(project.folder(), project.interpolation());
            complaint = "";
        } catch (TarnException e) {
            if (!complaint.equals(e.describe())) {
                complaint = e.describe();
                log.error("the schedules stay as they were: {}", complaint);
            }
        }
        return known;
    }

    /// One schedule.
    ///
    /// @throws TarnException `NOT_FOUND`
    public Schedule schedule(String name) {
        List<Schedule> all = schedules();
        return all.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new TarnException(
                        ErrorCode.NOT_FOUND,
                        "there is no schedule '" + name + "'; the project has "
                                + (all.isEmpty()
                                        ? "none (schedules/*.yml)"
                                        : String.join(
                                                ", ",
                                                all.stream().map(Schedule::name).toList()))));
    }

    /// What is done at each look for work. Looking at what models were trained on takes its time, and nobody waits.
    private void look() {
        scheduler.tick();
        if (retrainings.isTime()) {
            beside("retrainings", asking, retrainings::ask);
        }
        beside("notices", telling, this::tell);
        Instant now = clock.instant();
        if (forgot.plus(FORGET).isBefore(now)) {
            forgot = now;
            int forgotten = history().forget(now.minus(keep));
            if (forgotten > 0) {
                log.info("forgot {} runs older than {}", forgotten, keep);
            }
        }
    }

    /// Does something that may take its time, unless it is being done.
    private static void beside(String name, AtomicBoolean busy, Runnable work) {
        if (busy.compareAndSet(false, true)) {
            Thread.ofVirtual().name(name).start(() -> {
                try {
                    work.run();
                } catch (RuntimeException e) {
                    log.warn("{} failed; the next look tries again", name, e);
                } finally {
                    busy.set(false);
                }
            });
        }
    }

    private void tell() {
        try {
            notices.round();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private NoticeSettings noticeSettings() {
        Project project = lakehouse.project();
        try {
            settings = RunSettings.read(project.folder(), project.interpolation());
        } catch (TarnException e) {
            log.debug("runs.yml is wrong: {}", e.describe());
        }
        return settings.notices();
    }

    private String files(String name) {
        Project project = lakehouse.project();
        return Sources.load(project.folder(), project.interpolation()).stream()
                .filter(source -> source.name().equals(name))
                .findFirst()
                .map(SourceState::of)
                .orElseThrow(() -> new TarnException(
                        ErrorCode.CONFIG_INVALID, "a schedule waits for files of '" + name + "', which is no source"));
    }

    @Override
    public void close() {
        worker.close();
    }
}
