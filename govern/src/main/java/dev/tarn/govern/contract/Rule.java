package dev.tarn.govern.contract;

import java.time.Duration;
import java.util.Optional;

/// One promise about a table, ready to be checked. SQL parts are in Trino's dialect.
public sealed interface Rule {
    /// Its name, severity and place.
    About about();

    /// What is said of every rule.
    ///
    /// @param name unique in its table; `column: what` unless the contract names it
    /// @param severity what happens when it is broken
    /// @param column the column it is about, if it is about one
    /// @param line its line in the contract's file
    record About(String name, Severity severity, Optional<String> column, int line) {}

    /// Holds for each row by itself.
    ///
    /// @param broken true for a row that breaks the rule
    record EachRow(About about, Condition broken) implements Rule {
        /// Its predicate over the table's columns.
        public String brokenWhen() {
            return broken.sql();
        }
    }

    /// Bounds a number about all rows; all of a table's are computed in one pass.
    record Aggregate(About about, Measure measure, Bound bound) implements Rule {
        /// An aggregate that files do not help to compute.
        public Aggregate(About about, String expression, Bound bound) {
            this(about, new Measure.Other(expression), bound);
        }

        /// The number as one aggregate.
        public String expression() {
            return measure.whole();
        }
    }

    /// Bounds the one number that a query of its own yields.
    ///
    /// @param reference the other table, when the number counts rows of this table whose values are not
    ///     found there; then it can be counted file by file
    record Query(About about, String sql, Bound bound, Optional<String> reference) implements Rule {
        public Query(About about, String sql, Bound bound) {
            this(about, sql, bound, Optional.empty());
        }
    }

    /// Says what columns the table has.
    record Structure(About about, Shape shape) implements Rule {}

    /// The newest value of a column is not older than a while. It is recorded, and keeps nothing out: a table does
    /// not get fresher by being left as it is.
    record Fresh(About about, Measure newest, Duration ageMax) implements Rule {
        static Fresh of(About about, String column, Duration ageMax) {
            Severity severity = about.severity() == Severity.ERROR ? Severity.WARNING : about.severity();
            return new Fresh(
                    new About(about.name(), severity, about.column(), about.line()),
                    new Measure.Newest(SqlNames.quoted(column)),
                    ageMax);
        }
    }

    /// A number stays near to what earlier checks found good.
    record Steady(About about, Measure measure, Steadiness near) implements Rule {}

    /// A promise that no machine checks: text for people, or another vendor's engine.
    record Unchecked(About about, String why) implements Rule {}
}
