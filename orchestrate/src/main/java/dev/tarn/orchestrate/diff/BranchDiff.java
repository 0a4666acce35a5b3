package dev.tarn.orchestrate.diff;

import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.lake.catalog.Branches.Change;
import dev.tarn.orchestrate.diff.TableDiff.ColumnChange;
import dev.tarn.orchestrate.diff.TableDiff.ColumnStatistics;
import dev.tarn.orchestrate.diff.TableDiff.Compared;
import dev.tarn.orchestrate.diff.TableDiff.Rows;
import dev.tarn.orchestrate.diff.TableDiff.Values;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QuerySession;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.SqlText;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;

/// Compares the tables that a branch has changed with what is published under the same names. Data files
/// that both sides share are not read for it.
public final class BranchDiff {
    private final Lake lake;
    private final QueryEngine engine;
    private final DuckDb duckDb;
    private final Identity identity;
    private final Function<String, List<String>> keys;

    /// @param keys the columns that tell a table's rows apart; empty when that is not known
    public BranchDiff(
            Lake lake, QueryEngine engine, DuckDb duckDb, Identity identity, Function<String, List<String>> keys) {
        this.lake = lake;
        this.engine = engine;
        this.duckDb = duckDb;
        this.identity = identity;
        this.keys = keys;
    }

    /// All that publishing the branch would change, by name.
    ///
    /// @throws TarnException `NOT_FOUND` when there is no such branch; what is wrong with a view
    public List<TableDiff> of(String branch) {
        List<TableDiff> diffs = new ArrayList<>();
        try (Connection connection = duckDb.connect()) {
            for (Change change : lake.changes(branch)) {
                diffs.add(table(connection, branch, change.identifier()));
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the comparison failed: " + e.getMessage(), e);
        }
        return diffs;
    }

    private TableDiff table(Connection connection, String branch, TableIdentifier name) throws SQLException {
        Side before = side(Branches.MAIN, name);
        Side after = side(branch, name);
        TableDiff.Change change = before == null
                ? TableDiff.Change.ADDED
                : after == null ? TableDiff.Change.REMOVED : TableDiff.Change.CHANGED;
        Optional<Compared> compared = before == null || after == null
                ? Optional.empty()
                : Optional.of(new RowComparison(connection, before, after, keys.apply(name.toString())).run());
        List<ColumnStatistics> statistics =
                compared.map(Compared::same).orElse(false) ? List.of() : statistics(connection, before, after);
        return new TableDiff(
                name.toString(),
                change,
                before == null || after == null ? List.of() : columns(before.columns(), after.columns()),
                new Rows(count(connection, before), count(connection, after)),
                compared,
                statistics);
    }

    private @Nullable Side side(String branch, TableIdentifier name) {
        var catalog = lake.branch(branch);
        if (!catalog.tableExists(name) && !catalog.viewExists(name)) {
            return null;
        }
        QuerySession session = QuerySession.of(identity).withBranch(branch).withZone(ZoneOffset.UTC);
        return Side.of(engine, session, catalog, name);
    }

    private static List<ColumnChange> columns(Map<String, String> before, Map<String, String> after) {
        Set<String> names = new LinkedHashSet<>(after.keySet());
        names.addAll(before.keySet());
        List<ColumnChange> changes = new ArrayList<>();
        for (String name : names) {
            Optional<String> old = Optional.ofNullable(before.get(name));
            Optional<String> now = Optional.ofNullable(after.get(name));
            if (!old.equals(now)) {
                changes.add(new ColumnChange(name, old, now));
            }
        }
        return changes;
    }

    private static OptionalLong count(Connection connection, @Nullable Side side) throws SQLException {
        if (side == null) {
            return OptionalLong.empty();
        }
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT count(*) FROM " + side.relation() + " AS t")) {
            rows.next();
            return OptionalLong.of(rows.getLong(1));
        }
    }

    private static List<ColumnStatistics> statistics(Connection connection, @Nullable Side before, @Nullable Side after)
            throws SQLException {
        Map<String, Values> old = before == null ? Map.of() : values(connection, before);
        Map<String, Values> now = after == null ? Map.of() : values(connection, after);
        Set<String> names = new LinkedHashSet<>(now.keySet());
        names.addAll(old.keySet());
        List<ColumnStatistics> statistics = new ArrayList<>();
        for (String name : names) {
            ColumnStatistics column =
                    new ColumnStatistics(name, Optional.ofNullable(old.get(name)), Optional.ofNullable(now.get(name)));
            if (!column.before().equals(column.after())) {
                statistics.add(column);
            }
        }
        return statistics;
    }

    /// One pass over all rows.
    private static Map<String, Values> values(Connection connection, Side side) throws SQLException {
        StringBuilder select = new StringBuilder("SELECT count(*)");
        for (String column : side.columns().keySet()) {
            String quoted = SqlText.identifier(column);
            select.append(", count(").append(quoted).append(')');
            select.append(", approx_count_distinct(").append(quoted).append(')');
            select.append(", CAST(min(").append(quoted).append(") AS VARCHAR)");
            select.append(", CAST(max(").append(quoted).append(") AS VARCHAR)");
        }
        Map<String, Values> values = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(select + " FROM " + side.relation() + " AS t")) {
            row.next();
            int at = 2;
            for (String column : side.columns().keySet()) {
                values.put(
                        column,
                        new Values(
                                row.getLong(1) - row.getLong(at),
                                row.getLong(at + 1),
                                row.getString(at + 2),
                                row.getString(at + 3)));
                at += 4;
            }
        }
        return values;
    }
}
