package dev.tarn.feature.online;

import dev.tarn.feature.window.EventCodec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// What the embedded store holds in memory. Changed by one thread at a time, read by any number: an entity's
/// events are one growing array, of which a reader sees a length that never changes below it.
final class StoreState {
    /// The memory of an entity beside its events: map entry, key, array headers.
    private static final int ENTITY_BYTES = 160;

    private static final class Space {
        private final Map<String, OnlineStore.Events> entities = new ConcurrentHashMap<>();
        private volatile @Nullable String position;
    }

    private final Map<String, Space> spaces = new ConcurrentHashMap<>();
    private final Map<String, String> serving = new ConcurrentHashMap<>();
    private final Deque<OnlineStore.Pushed> pushed = new ArrayDeque<>();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder entities = new LongAdder();
    private long lastPushed;

    List<OnlineStore.Events> read(String space, List<String> keys) {
        Space found = spaces.get(space);
        List<OnlineStore.Events> events = new ArrayList<>(keys.size());
        for (String key : keys) {
            events.add(
                    found == null
                            ? OnlineStore.Events.NONE
                            : found.entities.getOrDefault(key, OnlineStore.Events.NONE));
        }
        return events;
    }

    Optional<String> position(String space) {
        Space found = spaces.get(space);
        return found == null ? Optional.empty() : Optional.ofNullable(found.position);
    }

    Optional<String> serving(String view) {
        return Optional.ofNullable(serving.get(view));
    }

    List<String> spaces() {
        return List.copyOf(spaces.keySet());
    }

    List<OnlineStore.Pushed> pushed(int atMost) {
        return pushed.stream().limit(atMost).toList();
    }

    long bytes() {
        return bytes.sum();
    }

    long entities() {
        return entities.sum();
    }

    void apply(StoreChange change) {
        switch (change) {
            case StoreChange.Append(OnlineStore.Batch batch) -> append(batch);
            case StoreChange.Serve(String view, String space) -> serving.put(view, space);
            case StoreChange.Drop(String space) -> drop(space);
            case StoreChange.Expire(String space, long untilUs) -> expire(space, untilUs);
            case StoreChange.Written(long upTo) -> {
                while (!pushed.isEmpty() && pushed.getFirst().number() <= upTo) {
                    pushed.removeFirst();
                }
            }
            case StoreChange.Whole(String space, String key, OnlineStore.Events events) -> {
                space(space).entities.put(key, events);
                entities.increment();
                bytes.add(ENTITY_BYTES + (long) events.bytes().length);
            }
            case StoreChange.At(String space, String position) -> space(space).position = position;
            case StoreChange.Pending(OnlineStore.Pushed row) -> pushed.addLast(row);
            case StoreChange.Count(long last) -> lastPushed = last;
        }
    }

    /// The whole state as changes; the events are not copied.
    List<StoreChange> everything() {
        List<StoreChange> all = new ArrayList<>();
        spaces.forEach((name, space) -> {
            space.entities.forEach((key, events) -> all.add(new StoreChange.Whole(name, key, events)));
            String position = space.position;
            if (position != null) {
                all.add(new StoreChange.At(name, position));
            }
        });
        serving.forEach((view, space) -> all.add(new StoreChange.Serve(view, space)));
        pushed.forEach(row -> all.add(new StoreChange.Pending(row)));
        all.add(new StoreChange.Count(lastPushed));
        return all;
    }

    private void append(OnlineStore.Batch batch) {
        for (OnlineStore.Rows rows : batch.spaces()) {
            Space space = space(rows.space());
            for (OnlineStore.Row row : rows.rows()) {
                OnlineStore.Events before = space.entities.get(row.key());
                space.entities.put(row.key(), before == null ? fresh(row.event()) : grown(before, row.event()));
            }
        }
        batch.position().ifPresent(position -> space(batch.spaces().getFirst().space()).position = position);
        for (String row : batch.pushed()) {
            pushed.addLast(new OnlineStore.Pushed(++lastPushed, row));
        }
    }

    private OnlineStore.Events fresh(byte[] event) {
        entities.increment();
        bytes.add(ENTITY_BYTES + (long) event.length);
        return new OnlineStore.Events(event, event.length);
    }

    private OnlineStore.Events grown(OnlineStore.Events before, byte[] event) {
        byte[] array = before.bytes();
        int length = before.length() + event.length;
        if (length > array.length) {
            int held = array.length;
            array = Arrays.copyOf(array, Math.max(length, array.length + array.length / 2));
            bytes.add(array.length - held);
        }
        System.arraycopy(event, 0, array, before.length(), event.length);
        return new OnlineStore.Events(array, length);
    }

    private void drop(String name) {
        Space space = spaces.remove(name);
        if (space != null) {
            space.entities.values().forEach(events -> {
                entities.decrement();
                bytes.add(-ENTITY_BYTES - (long) events.bytes().length);
            });
        }
    }

    private void expire(String name, long untilUs) {
        Space space = spaces.get(name);
        if (space == null) {
            return;
        }
        for (String key : List.copyOf(space.entities.keySet())) {
            OnlineStore.Events events = space.entities.getOrDefault(key, OnlineStore.Events.NONE);
            OnlineStore.Events kept = after(events, untilUs);
            if (kept.length() == events.length()) {
                continue;
            }
            bytes.add(kept.bytes().length - (long) events.bytes().length);
            if (kept.length() == 0) {
                space.entities.remove(key);
                entities.decrement();
                bytes.add(-ENTITY_BYTES);
            } else {
                space.entities.put(key, kept);
            }
        }
    }

    private static OnlineStore.Events after(OnlineStore.Events events, long untilUs) {
        byte[] from = events.bytes();
        int keep = 0;
        for (int at = 0; at < events.length(); at += EventCodec.length(from, at)) {
            keep += EventCodec.time(from, at) > untilUs ? EventCodec.length(from, at) : 0;
        }
        if (keep == events.length()) {
            return events;
        }
        byte[] to = new byte[keep];
        int put = 0;
        for (int at = 0; at < events.length(); at += EventCodec.length(from, at)) {
            if (EventCodec.time(from, at) > untilUs) {
                System.arraycopy(from, at, to, put, EventCodec.length(from, at));
                put += EventCodec.length(from, at);
            }
        }
        return new OnlineStore.Events(to, keep);
    }

    private Space space(String name) {
        return spaces.computeIfAbsent(name, _ -> new Space());
    }
}
