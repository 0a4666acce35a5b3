package dev.tarn.feature.online;

import java.util.List;
import java.util.Optional;

/// Keeps the events of entities, so that windows stay exact as time passes. Events live in spaces; a view
/// points to the space that is served, so that another can be filled beside it.
///
/// What an append has written is durable, whole or not at all, when it returns. Thread-safe.
public interface OnlineStore extends AutoCloseable {
    /// One event of one entity.
    ///
    /// @param key the entity, see [EntityKey]
    /// @param timeUs when it happened, in microseconds
    /// @param event as [dev.tarn.feature.window.EventCodec] writes it
    @SuppressWarnings("ArrayRecordComponent") // moved, never compared
    record Row(String key, long timeUs, byte[] event) {}

    /// Rows of one space.
    record Rows(String space, List<Row> rows) {}

    /// What is written together.
    ///
    /// @param spaces the rows
    /// @param position where the filling of the first space stands after it, if it moved
    /// @param pushed rows as they were pushed, to be kept until they are in their table; see [#pushed]
    record Batch(List<Rows> spaces, Optional<String> position, List<String> pushed) {}

    /// A pushed row that is not yet in its table.
    record Pushed(long number, String row) {}

    /// Some bytes that hold events one after the other, each after its length.
    ///
    /// @param length how many of the bytes count
    @SuppressWarnings("ArrayRecordComponent") // read where it stands, for speed
    record Events(byte[] bytes, int length) {
        /// No events.
        static final Events NONE = new Events(new byte[0], 0);
    }

    /// Writes a batch.
    ///
    /// @throws dev.tarn.core.error.TarnException `LIMIT_EXCEEDED` when the store is full, `STORAGE_FAILED` or
    ///     `UNAVAILABLE` when it cannot be written
    void append(Batch batch);

    /// The events of some entities of a space, at least those after a time; [Events#NONE] for an unknown one.
    List<Events> read(String space, List<String> keys, long afterUs);

    /// Where the filling of a space stands.
    Optional<String> position(String space);

    /// The space that a view is served from.
    Optional<String> serving(String view);

    /// Serves a view from another space.
    void serve(String view, String space);

    /// All spaces that hold something.
    List<String> spaces();

    /// Forgets a space.
    void drop(String space);

    /// Forgets the events of a space that happened at or before a time.
    void expire(String space, long untilUs);

    /// The oldest pushed rows that are not yet in their table.
    List<Pushed> pushed(int atMost);

    /// Forgets pushed rows up to a number: they are in their table.
    void written(long upTo);

    /// What it holds, for people and metrics.
    Stats stats();

    /// @param bytes of memory or, for a peer, what it reports
    record Stats(String kind, long entities, long bytes) {}

    @Override
    void close();
}
