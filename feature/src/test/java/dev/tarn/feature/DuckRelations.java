package dev.tarn.feature;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.duckdb.DuckDBConnection;

/// Relations over a plain DuckDB, for statements that are the same in Trino's SQL and DuckDB's. The table
/// `events` has snapshots: a row belongs to those from its `snap` on.
public final class DuckRelations implements Relations, AutoCloseable {
    private static final Pattern EVENTS = Pattern.compile("\\bevents\\b");

    private final DuckDBConnection root;
    private long snapshot = 1;
    private boolean rewritten;

    public DuckRelations() {
        try {
            root = (DuckDBConnection) DriverManager.getConnection("jdbc:duckdb:memory:" + UUID.randomUUID());
            run("SET TimeZone = 'UTC'");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    public void run(String sql) {
        try (Statement statement = root.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /// The snapshot that is current, and that rows inserted into `events` belong to.
    public long snapshot() {
        return snapshot;
    }

    /// Starts a new snapshot of `events`.
    public void nextSnapshot() {
        run("ALTER TABLE events ALTER snap SET DEFAULT " + ++snapshot);
    }

    /// Makes rows disappear from `events` in a new snapshot.
    public void delete(String where) {
        nextSnapshot();
        run("DELETE FROM events WHERE " + where);
        rewritten = true;
    }

    @Override
    public Optional<Added> added(String sql, String table, long after, long upTo) {
        if (rewritten) {
            rewritten = false;
            return Optional.empty();
        }
        Relation relation = compile(sql, "snap > " + after + " AND snap <= " + upTo, upTo);
        return Optional.of(new Added() {
            @Override
            public Relation relation() {
                return relation;
            }

            @Override
            public void close() {}
        });
    }

    @Override
    public boolean exists(String table) {
        try {
            compile("SELECT 1 AS one FROM " + table, Map.of());
            return true;
        } catch (TarnException e) {
            return false;
        }
    }

    @Override
    public void execute(String sql) {
        run(current(sql, "snap <= " + snapshot).replace(" WITH NO DATA", " LIMIT 0"));
    }

    @Override
    public Relation compile(String trinoSql, Map<String, Long> snapshots) {
        long at = snapshots.getOrDefault("events", snapshot);
        return compile(trinoSql, "snap <= " + at, at);
    }

    private Relation compile(String trinoSql, String rows, long at) {
        boolean reads = EVENTS.matcher(trinoSql).find();
        String sql = current(trinoSql, rows);
        List<Column> columns = new ArrayList<>();
        List<String> names = new ArrayList<>();
        try (Statement statement = root.createStatement();
                ResultSet described = statement.executeQuery("DESCRIBE " + sql)) {
            while (described.next()) {
                names.add("c" + names.size());
                columns.add(new Column(described.getString(1), trino(described.getString(2))));
            }
        } catch (SQLException e) {
            throw new TarnException(ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage()), e);
        }
        String renamed = "SELECT * FROM (" + sql + ") AS t(" + String.join(", ", names) + ")";
        return new Relation(renamed, columns, reads ? Map.of("events", at) : Map.of());
    }

    @Override
    public Connection connect() {
        try {
            return root.duplicate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            root.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String current(String sql, String rows) {
        return EVENTS.matcher(sql)
                .replaceAll("(SELECT * EXCLUDE (snap) FROM \"events\" WHERE " + rows + ")")
                .replace("BIGINT '", "'");
    }

    private static String trino(String duck) {
        return switch (duck) {
            case "TIMESTAMP" -> "timestamp(6)";
            case "TIMESTAMP WITH TIME ZONE" -> "timestamp(6) with time zone";
            case "BIGINT", "INTEGER", "DOUBLE", "BOOLEAN", "DATE", "VARCHAR" -> duck.toLowerCase(Locale.ROOT);
            default -> duck.toLowerCase(Locale.ROOT);
        };
    }
}
