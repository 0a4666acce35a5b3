package dev.tarn.feature.online;

import dev.tarn.core.error.TarnException;
import dev.tarn.feature.FeatureCatalog;
import dev.tarn.feature.Relations;
import dev.tarn.feature.definition.FeatureView;
import dev.tarn.feature.definition.Source;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings the online store up to the tables' snapshots: adds the rows of new snapshots to what is served, or,
/// where rows were changed or removed, fills a new space beside it and then serves that.
///
/// Rows and position are written together, so it may be stopped at any point and goes on where it was.
public final class Materializer {
    /// How a view was brought up to date.
    public enum Way {
        /// There was nothing new.
        UP_TO_DATE,
        /// The rows of new snapshots were added.
        ADDED,
        /// All rows were read again.
        REFILLED
    }

    /// What was done.
    ///
    /// @param rows events written
    public record Report(String view, Way way, long rows, Map<String, Long> snapshots, long durationMs) {}

    private static final Logger log = LoggerFactory.getLogger(Materializer.class);
    private static final int CHUNK = 10_000;
    /// How often in a row the views are brought to a publish that came meanwhile; then the next round goes on.
    private static final int FOLLOWS_MAX = 10;

    private final FeatureCatalog catalog;
    private final Relations relations;
    private final OnlineStore store;
    private final OnlineServing serving;
    private final Pushes pushes;
    private final Clock clock;
    private final ReentrantLock one = new ReentrantLock();
    private volatile @Nullable PublishGate gate;

    public Materializer(
            FeatureCatalog catalog,
            Relations relations,
            OnlineStore store,
            OnlineServing serving,
            Pushes pushes,
            Clock clock) {
        this.catalog = catalog;
        this.relations = relations;
        this.store = store;
        this.serving = serving;
        this.pushes = pushes;
        this.clock = clock;
    }

    /// Brings all views up to date.
    public List<Report> all() {
        List<Report> reports = new ArrayList<>();
        for (FeatureView view : catalog.definitions().views().values()) {
            reports.add(upToDate(view));
        }
        return reports;
    }

    /// Brings a view up to date in the cheapest way that is exact.
    public Report upToDate(FeatureView view) {
        return locked(view, served -> {
            Next next = next(served);
            // What was read of the tables belongs to what readers see, unless something was published meanwhile:
            // then all views go there together.
            PublishGate publishes = gate;
            if (publishes != null && !publishes.isCurrent()) {
                follow(publishes);
                return new Done(Way.UP_TO_DATE, 0, next.now());
            }
            return next.bring();
        });
    }

    /// Reads everything again: after the store was lost, or to be sure.
    public Report refill(FeatureView view) {
        return locked(view, served -> {
            try (Filled filled = filled(served)) {
                filled.serve();
                return filled.done();
            }
        });
    }

    /// Readers see one publish at a time from now on; see [#follow()].
    public void keepTo(PublishGate publishes) {
        this.gate = publishes;
        serving.keepTo(publishes);
    }

    /// Brings all views to what was last published, when they are not there, and lets readers see them together.
    ///
    /// @return whether there was anything to follow
    public boolean follow() {
        PublishGate publishes = gate;
        if (publishes == null || publishes.isCurrent()) {
            return false;
        }
        one.lock();
        try {
            follow(publishes);
            return true;
        } finally {
            one.unlock();
        }
    }

    private void follow(PublishGate publishes) {
        for (int again = 0; again < FOLLOWS_MAX && !publishes.isCurrent(); again++) {
            long published = relations.published();
            Deque<Filled> filled = new ArrayDeque<>();
            List<Runnable> changes = new ArrayList<>();
            try {
                for (FeatureView view : catalog.definitions().views().values()) {
                    prepare(publishes, view, filled, changes);
                }
                publishes.change(() -> changes.forEach(Runnable::run));
                // What was read may be of a later publish, for some views.
                if (relations.published() == published) {
                    publishes.show(published);
                }
            } finally {
                filled.forEach(Filled::close);
            }
        }
    }

    /// Does what takes long beside the readers, and notes what is to be done while they wait.
    private void prepare(PublishGate publishes, FeatureView view, Deque<Filled> filled, List<Runnable> changes) {
        try {
            ServedView served = serving.served(view);
            Next next = next(served);
            if (next.refills()) {
                Filled beside = filled(served);
                filled.add(beside);
                changes.add(() -> guarded(publishes, view, beside::serve));
            } else {
                changes.add(() -> guarded(publishes, view, next::bring));
            }
        } catch (TarnException e) {
            log.error("the view {} cannot follow what was published: {}", view.name(), e.describe());
            publishes.failed(view.name(), e);
        }
    }

    private static void guarded(PublishGate publishes, FeatureView view, Runnable work) {
        try {
            work.run();
            publishes.succeeded(view.name());
        } catch (TarnException e) {
            log.error("the view {} cannot follow what was published: {}", view.name(), e.describe());
            publishes.failed(view.name(), e);
        }
    }

    /// What brings a view up to date.
    ///
    /// @param now the snapshots it will then hold
    private record Next(boolean refills, Map<String, Long> now, Supplier<Done> work) {
        Done bring() {
            return work.get();
        }
    }

    private Next next(ServedView served) {
        FeatureView view = served.view().view();
        Map<String, Long> now = sources(view);
        Next refill = new Next(true, now, () -> {
            try (Filled filled = filled(served)) {
                filled.serve();
                return filled.done();
            }
        });
        Optional<String> space = store.serving(view.name()).filter(served::fits);
        Optional<FillPosition> position = space.flatMap(store::position).map(FillPosition::parse);
        if (space.isEmpty() || position.isEmpty()) {
            return refill;
        }
        FillPosition at = position.get();
        if (at.target().isEmpty() && at.snapshots().equals(now)) {
            return new Next(false, now, () -> new Done(Way.UP_TO_DATE, 0, now));
        }
        // A fill that was stopped half-way goes first to its own end, whose rows are the ones counted.
        Map<String, Long> first = at.target().isEmpty() ? now : at.target();
        Optional<Addition> addition = addition(served, space.get(), at, first);
        if (addition.isEmpty()) {
            return refill;
        }
        return new Next(false, now, () -> {
            long rows = addition.get().add();
            if (!first.equals(now)) {
                Optional<Addition> rest = addition(served, space.get(), FillPosition.at(first), now);
                if (rest.isEmpty()) {
                    return refill.bring();
                }
                rows += rest.get().add();
            }
            return new Done(Way.ADDED, rows, now);
        });
    }

    /// Forgets what no window needs any more.
    public void expire() {
        for (FeatureView view : catalog.definitions().views().values()) {
            ServedView served = serving.served(view);
            long until = served.afterUs(nowUs());
            if (until != Long.MIN_VALUE) {
                store.serving(view.name()).filter(served::fits).ifPresent(space -> store.expire(space, until));
            }
        }
    }

    private record Done(Way way, long rows, Map<String, Long> snapshots) {}

    private interface Work {
        Done run(ServedView served);
    }

    private Report locked(FeatureView view, Work work) {
        long start = System.nanoTime();
        one.lock();
        try {
            Done done = work.run(serving.served(view));
            return new Report(
                    view.name(), done.way(), done.rows(), done.snapshots(), (System.nanoTime() - start) / 1_000_000);
        } finally {
            one.unlock();
        }
    }

    private interface Addition {
        /// Adds the rows and gives how many.
        long add();
    }

    /// How to add the rows between the position and newer snapshots; empty when that cannot be exact.
    private Optional<Addition> addition(ServedView served, String space, FillPosition from, Map<String, Long> to) {
        FeatureView view = served.view().view();
        if (!(view.source() instanceof Source.Table table)
                || from.snapshots().size() != 1
                || !from.snapshots().keySet().equals(to.keySet())) {
            return Optional.empty();
        }
        String name = from.snapshots().keySet().iterator().next();
        long before = from.snapshots().getOrDefault(name, 0L);
        long upTo = to.getOrDefault(name, 0L);
        Optional<Relations.Added> added =
                relations.added(served.view().projection().sql(), table.name(), before, upTo);
        return added.map(found -> () -> add(served, space, from, to, found));
    }

    private long add(ServedView served, String space, FillPosition from, Map<String, Long> to, Relations.Added added) {
        AtomicLong done = new AtomicLong(from.target().equals(new TreeMap<>(to)) ? from.rows() : 0);
        long skipped = done.get();
        try (Relations.Added rows = added) {
            // All rows, whatever their age: where to go on must not depend on the clock.
            new EventReader(served).read(relations, rows.relation(), Long.MIN_VALUE, skipped, CHUNK, chunk -> {
                String position = from.towards(to, done.addAndGet(chunk.size())).text();
                store.append(new OnlineStore.Batch(
                        List.of(new OnlineStore.Rows(space, chunk)), Optional.of(position), List.of()));
            });
        }
        store.append(new OnlineStore.Batch(
                List.of(new OnlineStore.Rows(space, List.of())),
                Optional.of(FillPosition.at(to).text()),
                List.of()));
        return done.get() - skipped;
    }

    /// A space filled beside the one that serves. Closed, it takes no more pushed events.
    private final class Filled implements AutoCloseable {
        private final ServedView served;
        private final String space;
        private final Optional<String> old;
        private final Done done;

        private Filled(ServedView served, String space, Optional<String> old, Done done) {
            this.served = served;
            this.space = space;
            this.old = old;
            this.done = done;
        }

        Done done() {
            return done;
        }

        /// Serves it in place of the other.
        void serve() {
            PublishGate publishes = gate;
            if (publishes == null) {
                exchange();
            } else {
                publishes.exchange(this::exchange);
            }
        }

        private void exchange() {
            pushes.serve(served.view().view(), space);
            old.filter(served::owns).ifPresent(store::drop);
        }

        @Override
        public void close() {
            pushes.stopFilling(served.view().view());
        }
    }

    private Filled filled(ServedView served) {
        FeatureView view = served.view().view();
        Optional<String> old = store.serving(view.name());
        store.spaces().stream()
                .filter(served::owns)
                .filter(space -> !old.equals(Optional.of(space)))
                .forEach(store::drop);
        String space = served.space(old.map(ServedView::generation).orElse(0L) + 1);
        try {
            Relations.Relation relation = pushes.fillBeside(
                    view, space, () -> relations.compile(served.view().sql(relations), Map.of()));
            AtomicLong rows = new AtomicLong();
            new EventReader(served).read(relations, relation, served.afterUs(nowUs()), 0, CHUNK, chunk -> {
                rows.addAndGet(chunk.size());
                store.append(new OnlineStore.Batch(
                        List.of(new OnlineStore.Rows(space, chunk)), Optional.empty(), List.of()));
            });
            Map<String, Long> snapshots = withoutPushed(served, relation.snapshots());
            store.append(new OnlineStore.Batch(
                    List.of(new OnlineStore.Rows(space, List.of())),
                    Optional.of(FillPosition.at(snapshots).text()),
                    List.of()));
            return new Filled(served, space, old, new Done(Way.REFILLED, rows.get(), snapshots));
        } catch (RuntimeException | Error e) {
            pushes.stopFilling(view);
            throw e;
        }
    }

    private Map<String, Long> sources(FeatureView view) {
        return relations
                .compile(serving.served(view).view().projection().sql(), Map.of())
                .snapshots();
    }

    private static Map<String, Long> withoutPushed(ServedView served, Map<String, Long> snapshots) {
        Map<String, Long> sources = new TreeMap<>(snapshots);
        sources.remove(served.view().pushTable());
        return sources;
    }

    private long nowUs() {
        Instant now = clock.instant();
        return now.getEpochSecond() * 1_000_000L + now.getNano() / 1_000;
    }
}
