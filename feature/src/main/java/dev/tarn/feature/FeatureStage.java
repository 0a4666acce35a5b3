package dev.tarn.feature;

import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.OfflineFeatures;
import dev.tarn.core.feature.OnlineFeatures;
import dev.tarn.feature.definition.FeatureDefinitions;
import dev.tarn.feature.definition.FeatureView;
import dev.tarn.feature.definition.StoreSetting;
import dev.tarn.feature.offline.PointInTimeJoin;
import dev.tarn.feature.ondemand.EngineOnDemand;
import dev.tarn.feature.online.EmbeddedStore;
import dev.tarn.feature.online.Materializer;
import dev.tarn.feature.online.OnlineServing;
import dev.tarn.feature.online.OnlineStore;
import dev.tarn.feature.online.PublishGate;
import dev.tarn.feature.online.Pushes;
import dev.tarn.feature.online.RedisStore;
import dev.tarn.feature.online.Verifier;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The features of a project, opened: one object of each part, over one store.
public final class FeatureStage implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FeatureStage.class);
    /// What the training joins' arithmetic may hold at once.
    private static final long JOIN_BYTES = Runtime.getRuntime().maxMemory() / 4;

    /// Entities compared in each round of the background check.
    private static final int SAMPLE = 20;

    /// How long a reader waits for the features of what was just published.
    private static final Duration PUBLISH_WAIT = Duration.ofSeconds(10);

    private static final Duration RETRY = Duration.ofMillis(100);

    private final FeatureDefinitions definitions;
    private final Relations relations;
    private final OnlineStore store;
    private final OnlineFeatures online;
    private final OfflineFeatures offline;
    private final Pushes pushes;
    private final Materializer materializer;
    private final Verifier verifier;
    private final Clock clock;
    private final LongAdder verifiedValues = new LongAdder();
    private final LongAdder verifiedDifferences = new LongAdder();
    private volatile boolean closed;
    private volatile @Nullable PublishGate gate;
    private volatile Thread background = new Thread(() -> {});

    /// Offline features alone: for a command beside a server, which holds the store.
    public static OfflineFeatures offline(FeatureDefinitions definitions, Relations relations, int threads) {
        return new PointInTimeJoin(new FeatureCatalog(definitions, relations), relations, JOIN_BYTES, threads);
    }

    /// Opens the store and all that works on it.
    ///
    /// @param folder where the embedded store keeps its files
    /// @param project what the project's keys in Redis start with
    /// @throws TarnException `UNAVAILABLE` when the store is in use or does not answer
    public static FeatureStage open(
            FeatureDefinitions definitions,
            Relations relations,
            Path folder,
            String project,
            int threads,
            Clock clock) {
        OnlineStore store = switch (definitions.store()) {
            case StoreSetting.Embedded(long memoryBytes) -> embedded(folder, memoryBytes);
            case StoreSetting.Redis redis -> RedisStore.open(redis.address(), "tarn:" + project);
        };
        return new FeatureStage(definitions, relations, store, threads, clock);
    }

    private FeatureStage(
            FeatureDefinitions definitions, Relations relations, OnlineStore store, int threads, Clock clock) {
        FeatureCatalog catalog = new FeatureCatalog(definitions, relations);
        EngineOnDemand onDemand = new EngineOnDemand(catalog, relations);
        OnlineServing serving = new OnlineServing(catalog, store, onDemand);
        this.definitions = definitions;
        this.relations = relations;
        this.store = store;
        this.clock = clock;
        this.online = serving;
        this.offline = new PointInTimeJoin(catalog, relations, JOIN_BYTES, threads);
        this.pushes = new Pushes(catalog, relations, store, serving);
        this.materializer = new Materializer(catalog, relations, store, serving, pushes, clock);
        this.verifier = new Verifier(store, serving, offline, pushes);
    }

    public FeatureDefinitions definitions() {
        return definitions;
    }

    public OnlineFeatures online() {
        return online;
    }

    public OfflineFeatures offline() {
        return offline;
    }

    public Pushes pushes() {
        return pushes;
    }

    public Materializer materializer() {
        return materializer;
    }

    public Verifier verifier() {
        return verifier;
    }

    /// What the store holds.
    public OnlineStore.Stats stats() {
        return store.stats();
    }

    /// Keeps the store up to date from now on: readers see the features of what was last published, new snapshots
    /// are added, pushed rows written to their tables, what is too old forgotten, and a sample of entities compared
    /// with the tables.
    public void keepUpToDate(Duration every) {
        keepUpToDate(every, PUBLISH_WAIT);
    }

    /// The same, with how long a reader waits for the features of what was just published.
    void keepUpToDate(Duration every, Duration publishWait) {
        PublishGate publishes = new PublishGate(relations::published, publishWait);
        gate = publishes;
        materializer.keepTo(publishes);
        background = Thread.ofVirtual().name("features").start(() -> {
            Instant nextRound = Instant.MIN;
            long round = 0;
            while (!closed) {
                guarded("follow what was published", materializer::follow);
                if (!Instant.now().isBefore(nextRound)) {
                    round(round++);
                    nextRound = Instant.now().plus(every);
                }
                try {
                    if (publishes.isCurrent()) {
                        publishes.awaitPublish(every);
                    } else {
                        Thread.sleep(RETRY);
                    }
                } catch (InterruptedException e) {
                    return;
                }
            }
        });
    }

    private void round(long now) {
        guarded("write pushed rows", pushes::flush);
        for (FeatureView view : definitions.views().values()) {
            guarded("fill " + view.name(), () -> materializer.upToDate(view));
            if (now % 10 == 1) {
                guarded("compare " + view.name(), () -> compare(view, now));
            }
        }
        if (now % 60 == 1) {
            guarded("forget old events", materializer::expire);
        }
    }

    @Override
    public void close() {
        closed = true;
        PublishGate publishes = gate;
        if (publishes != null) {
            publishes.close();
        }
        background.interrupt();
        try {
            if (background.isAlive()) {
                background.join(Duration.ofSeconds(10));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        store.close();
    }

    /// What the continuous check has compared.
    ///
    /// @param values that were served and computed again from the tables
    /// @param differences of these, how many were not the same in each bit
    public record Verified(long values, long differences) {
        public static final Verified NOTHING = new Verified(0, 0);
    }

    /// What the continuous check has compared so far.
    public Verified verified() {
        return new Verified(verifiedValues.sum(), verifiedDifferences.sum());
    }

    /// Compares a sample of a view's entities with the tables.
    void compare(FeatureView view, long salt) {
        Verifier.Report report = verifier.verify(view, clock.instant().minusSeconds(1), SAMPLE, salt);
        verifiedValues.add(report.values());
        verifiedDifferences.add(report.differences().size());
        report.differences()
                .forEach(difference -> log.error(
                        "the served value of {}:{} of {} differs from its tables at {}: served {}, computed {}; "
                                + "tarn features materialize --refill {} fills it anew",
                        difference.view(),
                        difference.feature(),
                        difference.entity(),
                        report.at(),
                        difference.online(),
                        difference.offline(),
                        difference.view()));
    }

    private void guarded(String what, Runnable work) {
        try {
            work.run();
        } catch (TarnException e) {
            if (!closed) {
                log.warn("could not {}: {}", what, e.describe());
            }
        } catch (RuntimeException e) {
            log.error("could not {}", what, e);
        }
    }

    private static OnlineStore embedded(Path folder, long memoryBytes) {
        EmbeddedStore store = EmbeddedStore.open(folder, memoryBytes);
        store.setAside().ifPresent(why -> log.error("the online store was damaged: {}", why));
        return store;
    }
}
