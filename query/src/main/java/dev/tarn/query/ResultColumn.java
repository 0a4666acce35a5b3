package dev.tarn.query;

import io.trino.spi.type.TimeZoneKey;
import io.trino.spi.type.Type;

/// A column of a result.
///
/// @param name as the statement gives it
/// @param zone of the values that have a time zone: one for the column
public record ResultColumn(String name, Type type, TimeZoneKey zone) {
    /// A column whose values have no time zone, or UTC.
    public ResultColumn(String name, Type type) {
        this(name, type, TimeZoneKey.UTC_KEY);
    }
}
