package dev.tarn.lake.catalog;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jdbi.v3.core.Handle;

/// Appends to one table of a branch queue up, and whatever has queued while a commit was running goes into
/// the next commit together. Each caller is answered for its own append.
public final class AppendQueue {
    private static final int WAITING_MAX = 8192;
    private static final int FUSED_MAX = 1024;
    private static final int FILES_MAX = 20_000;
    private static final long WAIT_SECONDS_MAX = 60;

    private final Commits commits;
    private final Map<Lane.Key, Lane> lanes = new ConcurrentHashMap<>();

    public AppendQueue(Commits commits) {
        this.commits = commits;
    }

    /// One caller's append.
    ///
    /// @param summary properties for the snapshot; appends are fused only where they do not disagree on one,
    ///     except for [LakeCatalog#USER], where all users are named
    /// @param hook runs in the database transaction of the commit
    public record Append(List<DataFile> files, Map<String, String> summary, Consumer<Handle> hook) {
        public Append {
            files = List.copyOf(files);
            summary = Map.copyOf(summary);
        }
    }

    /// Queues an append.
    ///
    /// @return the id of the snapshot that holds the files, or this append's own failure
    /// @throws TarnException `LIMIT_EXCEEDED` when too many wait already
    public CompletableFuture<Long> submit(String branch, TableIdentifier table, Append append) {
        Lane lane = lanes.computeIfAbsent(new Lane.Key(branch, table), key -> new Lane(lanes, commits, key));
        return lane.submit(append);
    }

    /// The queue of one table on one branch.
    private static final class Lane {
        record Key(String branch, TableIdentifier table) {}

        record Waiting(Append append, CompletableFuture<Long> answer) {}

        private final Map<Key, Lane> lanes;
        private final Commits commits;
        private final Key key;
        private final ConcurrentLinkedQueue<Waiting> queue = new ConcurrentLinkedQueue<>();
        private final Semaphore places = new Semaphore(WAITING_MAX);
        private final AtomicBoolean running = new AtomicBoolean();

        Lane(Map<Key, Lane> lanes, Commits commits, Key key) {
            this.lanes = lanes;
            this.commits = commits;
            this.key = key;
        }

        CompletableFuture<Long> submit(Append append) {
            try {
                if (!places.tryAcquire(WAIT_SECONDS_MAX, TimeUnit.SECONDS)) {
                    throw new TarnException(
                            ErrorCode.LIMIT_EXCEEDED,
                            "more than " + WAITING_MAX + " appends wait for " + key.table
                                    + ": send fewer and larger ones");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new TarnException(ErrorCode.CANCELLED, "interrupted while waiting to append to " + key.table, e);
            }
            Waiting waiting = new Waiting(append, new CompletableFuture<>());
            queue.add(waiting);
            lead();
            return waiting.answer;
        }

        /// Starts to commit what waits, unless somebody does so already.
        private void lead() {
            if (running.compareAndSet(false, true)) {
                Thread.ofVirtual().name("append " + key.table).start(this::drain);
            }
        }

        private void drain() {
            try {
                for (List<Waiting> batch = next(); !batch.isEmpty(); batch = next()) {
                    commit(batch);
                    places.release(batch.size());
                }
            } finally {
                running.set(false);
                if (queue.isEmpty()) {
                    // Whoever holds this lane still may use it: at worst two lanes compete for a while.
                    lanes.remove(key, this);
                } else {
                    lead();
                }
            }
        }

        /// The longest run of waiting appends that can share a snapshot.
        private List<Waiting> next() {
            List<Waiting> batch = new ArrayList<>();
            Map<String, String> summary = new LinkedHashMap<>();
            int files = 0;
            for (Waiting head = queue.peek(); head != null; head = queue.peek()) {
                files += head.append.files.size();
                boolean fits = batch.size() < FUSED_MAX && files <= FILES_MAX && agrees(summary, head.append.summary);
                if (!batch.isEmpty() && !fits) {
                    break;
                }
                summary.putAll(head.append.summary);
                batch.add(queue.remove());
            }
            return batch;
        }

        private static boolean agrees(Map<String, String> one, Map<String, String> other) {
            return other.entrySet().stream()
                    .allMatch(entry -> entry.getKey().equals(LakeCatalog.USER)
                            || one.getOrDefault(entry.getKey(), entry.getValue())
                                    .equals(entry.getValue()));
        }

        /// Commits a batch. When it fails for a reason that one of the appends may carry, the halves are tried on
        /// their own, so that only the guilty ones fail.
        private void commit(List<Waiting> batch) {
            try {
                long snapshot =
                        commitTogether(batch.stream().map(Waiting::append).toList());
                batch.forEach(waiting -> waiting.answer.complete(snapshot));
            } catch (RuntimeException | Error e) {
                if (batch.size() == 1 || isForAll(e)) {
                    batch.forEach(waiting -> waiting.answer.completeExceptionally(e));
                } else {
                    int half = batch.size() / 2;
                    commit(batch.subList(0, half));
                    commit(batch.subList(half, batch.size()));
                }
            }
        }

        private static boolean isForAll(Throwable failure) {
            if (!(failure instanceof TarnException e)) {
                return failure instanceof Error;
            }
            return switch (e.code().blame()) {
                case CONFLICT, RESOURCE -> true;
                case USER, INTERNAL -> false;
            };
        }

        private long commitTogether(List<Append> appends) {
            return commits.run(key.branch, Map.of(), transaction -> {
                Table table = transaction.table(key.table);
                AppendFiles append = table.newAppend();
                for (Append each : appends) {
                    each.files.forEach(append::appendFile);
                    each.summary.forEach(append::set);
                    transaction.alongside(each.hook);
                }
                String users = appends.stream()
                        .flatMap(each -> Stream.ofNullable(each.summary.get(LakeCatalog.USER)))
                        .distinct()
                        .collect(Collectors.joining(","));
                if (!users.isEmpty()) {
                    append.set(LakeCatalog.USER, users);
                }
                append.commit();
                long snapshot = table.currentSnapshot().snapshotId();
                SnapshotLimit.apply(table, commits.database());
                return snapshot;
            });
        }
    }
}
