package dev.tarn.server;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.MaintenanceSetting;
import dev.tarn.lake.Lake;
import dev.tarn.lake.maintenance.Maintenance;
import dev.tarn.lake.maintenance.Maintenance.Retention;
import dev.tarn.lake.maintenance.Sweep;
import dev.tarn.query.compact.Compaction;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotSummary;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.util.PropertyUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the tables on main small while the server runs: small files are compacted, old snapshots and publishes
/// forgotten, manifests merged, and files that nothing needs removed, in rounds with a budget. Each piece of work waits
/// until no statement runs, and is one commit that gives up when somebody else was faster. What a branch has changed is
/// left alone; what a branch, a kept publish or a pin needs stays; a publish can be undone after it as before.
public final class BackgroundMaintenance implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BackgroundMaintenance.class);
    private static final Identity KEEPER = Identity.local("maintenance");
    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

    private final Lakehouse lakehouse;
    private final MaintenanceSetting setting;
    private final BooleanSupplier busy;
    private final MaintenanceLog entries;
    private final Maintenance maintenance;
    private volatile Thread background = new Thread(() -> {});

    /// @param busy whether statements run, to which maintenance gives way
    public BackgroundMaintenance(Lakehouse lakehouse, MaintenanceSetting setting, BooleanSupplier busy) {
        this.lakehouse = lakehouse;
        this.setting = setting;
        this.busy = busy;
        this.entries = MaintenanceLog.open(lakehouse.lake().database());
        this.maintenance = new Maintenance(lakehouse.lake());
    }

    /// Works from now on, the first time after `every`.
    void start() {
        if (!setting.background()) {
            return;
        }
        background = Thread.ofPlatform().daemon().name("maintenance").start(() -> {
            try {
                while (true) {
                    Thread.sleep(setting.every());
                    round();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /// What was done lately, newest first.
    public List<MaintenanceLog.Entry> latest(int limit) {
        return entries.latest(limit);
    }

    /// Works once, within the budget.
    public void round() throws InterruptedException {
        long started = System.nanoTime();
        long end = started + setting.time().toNanos();
        Lake lake = lakehouse.lake();
        Instant publishesBefore = Instant.now().minus(setting.publishes());
        long left = setting.bytes();
        int seen = 0;
        try {
            work("warehouse", "publishes", () -> lake.forgetPublishes(publishesBefore));
            for (TableIdentifier table : maintenance.tables()) {
                if (!mayGoOn(end)) {
                    break;
                }
                left -= care(table, left);
                seen++;
            }
            if (mayGoOn(end)) {
                Sweep sweep = new Sweep(lake);
                work("warehouse", "sweep", () -> sweep.execute(sweep.plan(setting.files())));
            }
        } catch (RuntimeException e) {
            failed("warehouse", "round", e);
        }
        note("warehouse", "round", seen, started, mayGoOn(end) ? "" : "the rest waits for the next round");
    }

    /// @return about how many bytes were rewritten
    private long care(TableIdentifier table, long bytesMax) {
        work(
                table.toString(),
                "expire",
                () -> maintenance.expireSnapshots(
                        table, new Retention(setting.snapshots(), Retention.DEFAULT.snapshotsMin())));
        work(table.toString(), "manifests", () -> maintenance.rewriteManifests(table, Maintenance.SMALL_MANIFESTS_MAX));
        if (bytesMax <= 0 || !mayHaveSmallFiles(table)) {
            return 0;
        }
        Compaction compaction = new Compaction(lakehouse.lake(), lakehouse.backgroundDuckDb());
        long[] rewritten = {0};
        work(table.toString(), "compact", () -> {
            Compaction.Result result = compaction.run(
                    "main",
                    table,
                    new Compaction.Request(
                            Expressions.alwaysTrue(), setting.smallBytes(), bytesMax, setting.smallFiles(), true),
                    KEEPER);
            rewritten[0] = result.rewritten() * setting.smallBytes();
            return result.rewritten();
        });
        return rewritten[0];
    }

    /// Says from the snapshot's summary whether it is worth reading the manifests.
    private boolean mayHaveSmallFiles(TableIdentifier table) {
        try {
            Snapshot snapshot = lakehouse.lake().main().loadTable(table).currentSnapshot();
            return snapshot != null
                    && PropertyUtil.propertyAsLong(
                                    snapshot.summary(), SnapshotSummary.TOTAL_DATA_FILES_PROP, Long.MAX_VALUE)
                            >= setting.smallFiles();
        } catch (RuntimeException e) {
            failed(table.toString(), "compact", e);
            return false;
        }
    }

    /// One piece of work; what fails is told, and the rest goes on.
    private void work(String subject, String what, LongSupplier piece) {
        long started = System.nanoTime();
        try {
            long amount = piece.getAsLong();
            if (amount > 0) {
                note(subject, what, amount, started, "");
            }
        } catch (RuntimeException e) {
            failed(subject, what, e);
        }
    }

    private void note(String subject, String what, long amount, long started, String message) {
        entries.add(new MaintenanceLog.Entry(
                Instant.now(),
                subject,
                what,
                amount,
                Duration.ofNanos(System.nanoTime() - started).toMillis(),
                message));
    }

    private void failed(String subject, String what, RuntimeException failure) {
        // Dropped meanwhile, or others were faster: the next round finds it as it is then.
        boolean expected = failure instanceof TarnException tarn
                && (tarn.code() == ErrorCode.NOT_FOUND || tarn.code() == ErrorCode.COMMIT_CONFLICT);
        if (!expected) {
            log.warn("maintenance ({} of {}) failed: {}", what, subject, failure.toString());
            entries.add(
                    new MaintenanceLog.Entry(Instant.now(), subject, what, 0, 0, String.valueOf(failure.getMessage())));
        }
    }

    /// Waits while statements run; false when the round's time is over.
    private boolean mayGoOn(long end) throws InterruptedException {
        while (busy.getAsBoolean() && System.nanoTime() < end) {
            Thread.sleep(LOOK_AGAIN);
        }
        return System.nanoTime() < end;
    }

    @Override
    public void close() {
        background.interrupt();
        try {
            if (background.isAlive()) {
                background.join(Duration.ofSeconds(10));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
