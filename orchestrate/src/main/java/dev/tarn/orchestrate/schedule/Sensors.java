package dev.tarn.orchestrate.schedule;

/// What a scheduler can look at outside the database.
@FunctionalInterface
public interface Sensors {
    /// What tells the files of a source now from those of another time, such as their names, sizes and times.
    ///
    /// @throws dev.tarn.core.error.TarnException when the source cannot be read, or there is none of that name
    String files(String source);
}
