package dev.tarn.core.feature;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One feature of one entity at one instant.
///
/// @param value `Long`, `Double`, `java.math.BigDecimal`, `String`, `Boolean`, `java.time.LocalDate` or
///     `java.time.Instant` by the feature's type, or null
/// @param status why the value is what it is
/// @param eventTime the time of the newest event that the view knows of for this entity, or null
/// @param snapshotId the source table's snapshot up to which the store was filled, or 0 when it never was
public record FeatureValue(
        @Nullable Object value, Status status, @Nullable Instant eventTime, long snapshotId) {
    /// Feast's four statuses.
    public enum Status {
        /// There is a value.
        PRESENT,
        /// The entity is known and the value is null.
        NULL_VALUE,
        /// The store knows no event of this entity; counts are then 0 and everything else null (or the default).
        NOT_FOUND,
        /// The newest event is older than the view's time to live; the value is null.
        OUTSIDE_MAX_AGE
    }
}
