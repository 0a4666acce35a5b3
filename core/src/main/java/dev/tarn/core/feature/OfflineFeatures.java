package dev.tarn.core.feature;

import java.util.Map;

/// Features for training: each label's features as they were knowable at the label's time, and the very
/// bits that [OnlineFeatures] would have served then. Thread-safe.
public interface OfflineFeatures {
    /// What to join.
    ///
    /// @param labels a statement in Trino's SQL whose rows are kept, in order, with the features
    ///     added. It holds the join keys of the selection's entities (null keys find nothing), its
    ///     request inputs, and the time
    /// @param timeColumn the column that says at which instant the features are wanted; a
    ///     `timestamp` is in UTC
    /// @param snapshots the snapshot to read of each source table, by `schema.table`; tables not
    ///     named are read at the current one. A replay passes what [TrainingFrame#snapshots] recorded
    record Request(String labels, String timeColumn, FeatureSelection features, Map<String, Long> snapshots) {
        public Request {
            snapshots = Map.copyOf(snapshots);
        }
    }

    /// Joins; the frame must be closed.
    ///
    /// @throws dev.tarn.core.error.TarnException `BAD_REQUEST` when the labels lack a key or the
    ///     time, or cannot be run
    TrainingFrame join(Request request);
}
