package dev.tarn.orchestrate.diff;

import dev.tarn.orchestrate.diff.TableDiff.ColumnCount;
import dev.tarn.orchestrate.diff.TableDiff.Compared;
import dev.tarn.orchestrate.diff.TableDiff.Sample;
import dev.tarn.query.duckdb.SqlText;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Compares the rows of two tables in the columns that both have: by key where a key tells rows apart,
/// otherwise as whole rows that are added and removed.
final class RowComparison {
    private static final int SAMPLES = 5;
    private static final int VALUE_CHARS_MAX = 100;

    private final Connection connection;
    private final String before;
    private final String after;
    private final List<String> key;
    private final List<String> columns;
    private final List<String> retyped;

    RowComparison(Connection connection, Side before, Side after, List<String> key) {
        this.connection = connection;
        this.key = key;
        this.columns = before.columns().keySet().stream()
                .filter(after.columns()::containsKey)
                .toList();
        this.retyped = columns.stream()
                .filter(name -> !Objects.equals(
                        before.columns().get(name), after.columns().get(name)))
                .toList();
        if (before instanceof Side.Files old && after instanceof Side.Files now) {
            this.before = old.relationWithout(now.identities());
            this.after = now.relationWithout(old.identities());
        } else {
            this.before = before.relation();
            this.after = after.relation();
        }
    }

    Compared run() throws SQLException {
        if (key.isEmpty()) {
            return whole(
                    Optional.of("no key is known: give the table a primary key in its contract, a unique_key in its"
                            + " model, or --key"));
        }
        List<String> missing =
                key.stream().filter(name -> !columns.contains(name)).toList();
        if (!missing.isEmpty()) {
            return whole(Optional.of("not both sides have the key's " + String.join(", ", missing)));
        }
        for (String side : List.of(before, after)) {
            if (repeats(side)) {
                return whole(Optional.of("(" + String.join(", ", key) + ") repeats"));
            }
        }
        return byKey();
    }

    private boolean repeats(String relation) throws SQLException {
        String list = key.stream().map(SqlText::identifier).collect(Collectors.joining(", "));
        return query(
                                "SELECT count(*) FROM (SELECT 1 FROM " + relation + " AS t GROUP BY " + list
                                        + " HAVING count(*) > 1 LIMIT 1) AS r",
                                row -> row.getLong(1))
                        .getFirst()
                > 0;
    }

    private Compared byKey() throws SQLException {
        List<String> values =
                columns.stream().filter(name -> !key.contains(name)).toList();
        List<String> differs = values.stream()
                .map(name -> value("b", name) + " IS DISTINCT FROM " + value("a", name))
                .toList();
        String changed = differs.isEmpty() ? "false" : "(" + String.join(" OR ", differs) + ")";
        String joined = "(SELECT true AS here, * FROM " + before + " AS t) AS b FULL JOIN (SELECT true AS here, * FROM "
                + after + " AS t) AS a ON "
                + key.stream()
                        .map(name -> value("b", name) + " IS NOT DISTINCT FROM " + value("a", name))
                        .collect(Collectors.joining(" AND "));
        String both = "a.here AND b.here";
        StringBuilder counts = new StringBuilder("SELECT count(*) FILTER (WHERE b.here IS NULL), "
                + "count(*) FILTER (WHERE a.here IS NULL), count(*) FILTER (WHERE " + both + " AND " + changed + ")");
        differs.forEach(differ -> counts.append(", count(*) FILTER (WHERE ")
                .append(both)
                .append(" AND ")
                .append(differ)
                .append(")"));
        long[] found = query(counts + " FROM " + joined, row -> {
                    long[] all = new long[3 + values.size()];
                    for (int i = 0; i < all.length; i++) {
                        all[i] = row.getLong(i + 1);
                    }
                    return all;
                })
                .getFirst();
        List<ColumnCount> byColumn = IntStream.range(0, values.size())
                .mapToObj(i -> new ColumnCount(values.get(i), found[3 + i]))
                .filter(count -> count.rows() > 0)
                .sorted(Comparator.comparingLong(ColumnCount::rows).reversed())
                .toList();
        List<Sample> samples = new ArrayList<>();
        samples.addAll(samples("added", "a", joined, "b.here IS NULL"));
        samples.addAll(samples("removed", "b", joined, "a.here IS NULL"));
        samples.addAll(changedSamples(joined, both + " AND " + changed, values));
        return new Compared(key, Optional.empty(), found[0], found[1], found[2], byColumn, samples);
    }

    private List<Sample> samples(String what, String side, String joined, String condition) throws SQLException {
        String select = key.stream().map(name -> text(side, name)).collect(Collectors.joining(", "));
        return query(
                "SELECT " + select + " FROM " + joined + " WHERE " + condition + " ORDER BY ALL LIMIT " + SAMPLES,
                row -> new Sample(what, texts(row, 1, key.size()), List.of()));
    }

    private List<Sample> changedSamples(String joined, String condition, List<String> values) throws SQLException {
        List<String> select =
                new ArrayList<>(key.stream().map(name -> text("a", name)).toList());
        values.forEach(name -> {
            select.add(text("b", name));
            select.add(text("a", name));
        });
        return query(
                "SELECT " + String.join(", ", select) + " FROM " + joined + " WHERE " + condition
                        + " ORDER BY ALL LIMIT " + SAMPLES,
                row -> {
                    List<String> differences = new ArrayList<>();
                    for (int i = 0; i < values.size(); i++) {
                        int at = key.size() + 2 * i + 1;
                        String old = row.getString(at);
                        String now = row.getString(at + 1);
                        if (!Objects.equals(old, now)) {
                            differences.add(values.get(i) + ": " + old + " → " + now);
                        }
                    }
                    return new Sample("changed", texts(row, 1, key.size()), differences);
                });
    }

    /// Rows that one side has more often than the other.
    private Compared whole(Optional<String> note) throws SQLException {
        if (columns.isEmpty()) {
            return new Compared(List.of(), note, 0, 0, 0, List.of(), List.of());
        }
        String list = columns.stream().map(name -> value("t", name)).collect(Collectors.joining(", "));
        String old = "SELECT " + list + " FROM " + before + " AS t";
        String now = "SELECT " + list + " FROM " + after + " AS t";
        long added = number("SELECT count(*) FROM (" + now + " EXCEPT ALL " + old + ") AS d");
        long removed = number("SELECT count(*) FROM (" + old + " EXCEPT ALL " + now + ") AS d");
        List<Sample> samples = new ArrayList<>();
        samples.addAll(wholeSamples("added", now, old));
        samples.addAll(wholeSamples("removed", old, now));
        return new Compared(List.of(), note, added, removed, 0, List.of(), samples);
    }

    private List<Sample> wholeSamples(String what, String some, String others) throws SQLException {
        return query(
                "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (" + some + " EXCEPT ALL " + others
                        + ") AS d ORDER BY ALL LIMIT " + SAMPLES,
                row -> new Sample(what, texts(row, 1, columns.size()), List.of()));
    }

    private long number(String sql) throws SQLException {
        return query(sql, row -> row.getLong(1)).getFirst();
    }

    /// Values whose type differs between the sides are compared as text.
    private String value(String side, String column) {
        String reference = side + "." + SqlText.identifier(column);
        return retyped.contains(column) ? "CAST(" + reference + " AS VARCHAR)" : reference;
    }

    private static String text(String side, String column) {
        return "CAST(" + side + "." + SqlText.identifier(column) + " AS VARCHAR)";
    }

    private static List<@Nullable String> texts(ResultSet row, int first, int count) throws SQLException {
        List<@Nullable String> texts = new ArrayList<>();
        for (int i = first; i < first + count; i++) {
            String text = row.getString(i);
            texts.add(
                    text != null && text.length() > VALUE_CHARS_MAX ? text.substring(0, VALUE_CHARS_MAX) + "…" : text);
        }
        return texts;
    }

    private interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    private <T> List<T> query(String sql, RowReader<T> reader) throws SQLException {
        List<T> read = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                read.add(reader.read(rows));
            }
        }
        return read;
    }
}
