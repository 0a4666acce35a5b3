package dev.tarn.govern.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Something that a row satisfies or not, as a predicate in Trino's SQL. What can be decided of a whole file from its
/// statistics is more than text.
public sealed interface Condition {
    /// The predicate, over the table's columns.
    String sql();

    /// The column is null.
    record IsNull(String column) implements Condition {
        @Override
        public String sql() {
            return SqlNames.quoted(column) + " IS NULL";
        }
    }

    /// The column's value lies below a lowest or above a highest one.
    record Outside(String column, Optional<Limit> low, Optional<Limit> high) implements Condition {
        @Override
        public String sql() {
            List<String> broken = new ArrayList<>();
            low.ifPresent(
                    limit -> broken.add(SqlNames.quoted(column) + (limit.excluded() ? " <= " : " < ") + limit.sql()));
            high.ifPresent(
                    limit -> broken.add(SqlNames.quoted(column) + (limit.excluded() ? " >= " : " > ") + limit.sql()));
            return String.join(" OR ", broken);
        }
    }

    /// Any other predicate.
    ///
    /// @param column the only one that it is about, if it is about one
    record Sql(String sql, Optional<String> column) implements Condition {}

    /// An end of a range.
    ///
    /// @param sql as a literal in SQL
    /// @param text the value alone, as written
    /// @param excluded whether the value itself lies outside
    record Limit(String sql, String text, boolean excluded) {}

    /// A predicate over any columns.
    static Condition of(String sql) {
        return new Sql(sql, Optional.empty());
    }

    /// A predicate over no other column than this.
    static Condition about(String column, String sql) {
        return new Sql(sql, Optional.of(column));
    }
}
