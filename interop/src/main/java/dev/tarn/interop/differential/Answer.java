package dev.tarn.interop.differential;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What an engine said to a statement, as it stands on the wire.
public sealed interface Answer {
    /// One column: its name, and its type in Trino's words.
    record Column(String name, String type) {}

    /// A result. Each row has one JSON value per column.
    ///
    /// @param updateType such as `INSERT`, or null for a query
    /// @param updateCount the rows changed, or null where the statement has no such number
    record Rows(
            List<Column> columns,
            List<List<JsonNode>> rows,
            @Nullable String updateType,
            @Nullable Long updateCount) implements Answer {
        public Rows {
            columns = List.copyOf(columns);
            rows = List.copyOf(rows);
        }

        @Override
        public String toString() {
            return columns.stream()
                            .map(column -> column.name() + " " + column.type())
                            .collect(Collectors.joining(", ", "[", "]"))
                    + (updateType == null ? "" : " " + updateType + " " + updateCount)
                    + rows.stream().limit(20).map(row -> "\n  " + row).collect(Collectors.joining())
                    + (rows.size() > 20 ? "\n  … " + rows.size() + " rows" : "");
        }
    }

    /// An error.
    ///
    /// @param name Trino's name of the error, such as `DIVISION_BY_ZERO`
    record Failure(String name, String message) implements Answer {
        @Override
        public String toString() {
            return name + ": " + message;
        }
    }
}
