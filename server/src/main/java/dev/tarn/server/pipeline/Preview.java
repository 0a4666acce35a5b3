package dev.tarn.server.pipeline;

import dev.tarn.orchestrate.Forecast.Outlook;
import dev.tarn.orchestrate.Forecast.Removed;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a run would do, before anything runs.
///
/// @param steps in the plan's order
/// @param removed what was built once and is not part of the project any more; its tables stay until they
///     are dropped
public record Preview(List<Step> steps, List<Removed> removed) {
    public Preview {
        steps = List.copyOf(steps);
        removed = List.copyOf(removed);
    }

    /// One step.
    ///
    /// @param difference of its definition, line by line: `+ ` added, `- ` removed, two spaces the same;
    ///     empty unless the definition changed
    /// @param columns how the columns of what it makes would change; empty when they would not
    /// @param columnsUnknown why the columns cannot be told yet
    /// @param touches the steps that read what it makes, directly or not
    public record Step(
            Outlook outlook,
            List<String> difference,
            List<ColumnChange> columns,
            Optional<String> columnsUnknown,
            Set<String> touches) {
        /// Whether somebody who reads its tables may break.
        public boolean breaking() {
            return columns.stream().anyMatch(column -> column.before().isPresent());
        }
    }

    /// A column's types in Trino's words; empty where it is absent.
    public record ColumnChange(String column, Optional<String> before, Optional<String> after) {}
}
