package dev.tarn.query.lineage;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Where the columns of a query come from.
///
/// @param columns in the query's order
/// @param deciding what decides which rows there are, and so stands behind every column: filters, join keys, groups
public record ColumnLineage(List<Output> columns, List<Input> deciding) {
    public ColumnLineage {
        columns = List.copyOf(columns);
        deciding = List.copyOf(deciding);
    }

    /// A column of the answer.
    ///
    /// @param type in Trino's words
    /// @param inputs what its values are made of, and what merely decides them
    public record Output(String name, String type, List<Input> inputs) {
        public Output {
            inputs = List.copyOf(inputs);
        }
    }

    /// A column that is read.
    ///
    /// @param table `schema.name` of a table or view of the lake, `catalog.schema.name` elsewhere
    /// @param use what for
    public record Input(String table, String column, Use use) implements Comparable<Input> {
        private static final Comparator<Input> ORDER =
                Comparator.comparing(Input::table).thenComparing(Input::column).thenComparing(Input::use);

        @Override
        public int compareTo(Input other) {
            return ORDER.compare(this, other);
        }
    }

    /// What a column does for another, in the words of OpenLineage's facet `columnLineage`.
    public enum Use {
        /// Its value is the other's value.
        IDENTITY(true),
        /// An expression makes the other's value of it.
        TRANSFORMATION(true),
        /// An aggregate makes the other's value of many of its values.
        AGGREGATION(true),
        /// A condition lets rows through by it.
        FILTER(false),
        /// Rows are matched by it.
        JOIN(false),
        /// Rows are gathered, or made distinct, by it.
        GROUP_BY(false),
        /// Rows are ordered by it.
        SORT(false),
        /// A window is partitioned, ordered or bounded by it.
        WINDOW(false),
        /// It chooses between values, as in CASE, COALESCE's kin and an aggregate's FILTER.
        CONDITIONAL(false);

        private final boolean direct;

        Use(boolean direct) {
            this.direct = direct;
        }

        /// Whether values flow, rather than being merely decided on.
        public boolean isDirect() {
            return direct;
        }
    }

    /// The column of a name, in any case.
    public Optional<Output> column(String name) {
        return columns.stream()
                .filter(column -> column.name().equalsIgnoreCase(name))
                .findFirst();
    }
}
