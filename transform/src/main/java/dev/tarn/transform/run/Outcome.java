package dev.tarn.transform.run;

import java.util.OptionalLong;

/// What carrying out a node gave.
///
/// @param rows rows written; for a test rows that fail it; empty for a view
/// @param message one line for people
/// @param sql the compiled SQL
public record Outcome(OptionalLong rows, String message, String sql) {}
