package dev.tarn.govern.contract;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// One number about all rows of a table: how to compute it at once, in Trino's SQL, and from parts that are computed
/// file by file and merged.
public sealed interface Measure {
    /// The number as one aggregate over all rows.
    String whole();

    /// The aggregates to compute of each file, in an order that [PartMerge] knows; empty when files do not
    /// help.
    default List<Part> parts() {
        return List.of();
    }

    /// An aggregate over the rows of a file.
    ///
    /// @param aggregate in DuckDB's SQL, with `?` for each input in turn
    /// @param inputs expressions over a row in Trino's SQL
    /// @param counted what the rows that it counts satisfy, for a count that a file's statistics may decide
    record Part(String aggregate, List<String> inputs, Optional<Condition> counted) {
        static final Part ROWS = new Part("count(*)", List.of(), Optional.empty());

        public Part {
            inputs = List.copyOf(inputs);
        }

        static Part of(String aggregate, String... inputs) {
            return new Part(aggregate, List.of(inputs), Optional.empty());
        }

        static Part counting(Condition condition) {
            return new Part("count(*) FILTER (WHERE ?)", List.of(condition.sql()), Optional.of(condition));
        }
    }

    /// How many rows there are.
    record Rows() implements Measure {
        @Override
        public String whole() {
            return "count(*)";
        }

        @Override
        public List<Part> parts() {
            return List.of(Part.ROWS);
        }
    }

    /// How many rows satisfy a condition.
    record Count(Condition condition) implements Measure {
        @Override
        public String whole() {
            return "count_if(" + condition.sql() + ")";
        }

        @Override
        public List<Part> parts() {
            return List.of(Part.counting(condition));
        }
    }

    /// What percentage of the rows satisfies a condition; 0 of no rows.
    ///
    /// @param within those rows, if not all, of which the percentage is: where this value is not null
    record Percent(Condition condition, Optional<String> within) implements Measure {
        public Percent(Condition condition) {
            this(condition, Optional.empty());
        }

        @Override
        public String whole() {
            return percent(
                    "count_if(" + condition.sql() + ")",
                    within.map(value -> "count(" + value + ")").orElse("count(*)"));
        }

        @Override
        public List<Part> parts() {
            return List.of(
                    Part.counting(condition),
                    within.map(value -> Part.of("count(?)", value)).orElse(Part.ROWS));
        }
    }

    /// The sum of a value.
    record Total(String value) implements Measure {
        @Override
        public String whole() {
            return "sum(" + value + ")";
        }

        @Override
        public List<Part> parts() {
            return List.of(Part.of("sum(?)", value));
        }
    }

    /// The smallest value.
    record Least(String value) implements Measure {
        @Override
        public String whole() {
            return "min(" + value + ")";
        }

        @Override
        public List<Part> parts() {
            return List.of(Part.of("min(?)", value));
        }
    }

    /// The largest value.
    record Greatest(String value) implements Measure {
        @Override
        public String whole() {
            return "max(" + value + ")";
        }

        @Override
        public List<Part> parts() {
            return List.of(Part.of("max(?)", value));
        }
    }

    /// The latest date or time, in microseconds since 1970.
    record Newest(String value) implements Measure {
        @Override
        public String whole() {
            return "to_unixtime(CAST(max(" + value + ") AS timestamp(6))) * 1e6";
        }

        @Override
        public List<Part> parts() {
            return List.of(Part.of("epoch_us(max(?))", value));
        }
    }

    /// The mean of a value.
    record Mean(String value) implements Measure {
        @Override
        public String whole() {
            return "avg(CAST(" + value + " AS double))";
        }

        @Override
        public List<Part> parts() {
            return List.of(Part.of("count(?)", value), Part.of("sum(?)", "CAST(" + value + " AS double)"));
        }
    }

    /// The deviation of a value in a sample.
    record Deviation(String value) implements Measure {
        @Override
        public String whole() {
            return "stddev_samp(" + value + ")";
        }

        @Override
        public List<Part> parts() {
            String number = "CAST(" + value + " AS double)";
            return List.of(
                    Part.of("count(?)", value),
                    Part.of("sum(?)", number),
                    Part.of("var_pop(?) FILTER (WHERE isfinite(?)) * count(?)", number, number, value));
        }
    }

    /// Rows beyond the first of each combination of values, where none of them is null.
    ///
    /// @param percent whether as a percentage of all rows
    record Duplicates(List<String> columns, boolean percent) implements Measure {
        public Duplicates {
            columns = List.copyOf(columns);
        }

        /// A condition on whole combinations.
        String present() {
            return columns.stream()
                    .map(name -> SqlNames.quoted(name) + " IS NOT NULL")
                    .collect(Collectors.joining(" AND "));
        }

        /// Rows with whole combinations, less the different ones.
        String count() {
            if (columns.size() == 1) {
                String quoted = SqlNames.quoted(columns.getFirst());
                return "count(" + quoted + ") - count(DISTINCT " + quoted + ")";
            }
            return "count_if(" + present() + ") - count(DISTINCT CASE WHEN " + present() + " THEN ROW("
                    + SqlNames.list(columns) + ") END)";
        }

        @Override
        public String whole() {
            return percent ? Measure.percent(count(), "count(*)") : count();
        }
    }

    /// Any other aggregate; computed anew from all rows every time.
    record Other(String expression) implements Measure {
        @Override
        public String whole() {
            return expression;
        }
    }

    /// A count as a percentage of another.
    private static String percent(String count, String all) {
        return "coalesce(100e0 * (" + count + ") / nullif(" + all + ", 0), 0e0)";
    }
}
