package dev.tarn.feature;

import dev.tarn.core.error.TarnException;
import dev.tarn.feature.definition.Entity;
import dev.tarn.feature.definition.FeatureView;
import dev.tarn.feature.definition.KeyType;
import dev.tarn.feature.window.Measure;
import dev.tarn.feature.window.Projection;
import dev.tarn.feature.window.ViewPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A view checked against its source: every column exists, every type suits what is asked of it.
///
/// @param eventType the Trino type of the event time
public record CompiledView(FeatureView view, Projection projection, ViewPlan plan, String eventType) {
    /// Compiles a view.
    ///
    /// @throws TarnException `CONFIG_INVALID` with the file and line of the part that is wrong
    public static CompiledView of(FeatureView view, Relations relations) {
        Projection projection = Projection.of(view);
        List<Relations.Column> columns = columns(view, projection, relations);
        int keys = view.keys().size();
        String eventType = columns.get(keys).type();
        checkTime(view, "event-time", view.eventTime(), eventType);
        view.createdTime()
                .ifPresent(created -> checkTime(
                        view, "created-time", created, columns.get(keys + 1).type()));
        List<String> types = columns.subList(columns.size() - projection.measures(), columns.size()).stream()
                .map(Relations.Column::type)
                .toList();
        return new CompiledView(view, projection, ViewPlan.of(view, projection, types), eventType);
    }

    /// The events as a DuckDB statement with the columns `k0…`, `e` and `c` (microseconds), and `m0…` as an
    /// [dev.tarn.feature.window.Event] holds them; of rows with one id only the first, unless `d` is wanted.
    ///
    /// @param relation the compiled projection
    /// @param withId whether to give `d` instead of leaving duplicates out
    public String eventsSql(Relations.Relation relation, boolean withId) {
        int keys = view.keys().size();
        List<String> out = new ArrayList<>();
        List<String> keyNames = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < keys; i++) {
            keyNames.add("k" + i);
            out.add("c" + at++ + " AS k" + i);
        }
        String event = "epoch_us(CAST(c" + at++ + " AS " + duckTime(eventType) + "))";
        out.add(event + " AS e");
        String created =
                view.createdTime().isPresent() ? "coalesce(epoch_us(" + "c" + at++ + "), " + event + ")" : event;
        out.add(created + " AS c");
        boolean hasId = view.id().isPresent();
        if (hasId) {
            out.add("c" + at++ + " AS d");
        }
        List<String> measures = new ArrayList<>();
        for (Measure measure : plan.measures()) {
            measures.add("m" + measures.size());
            out.add(held(measure, "c" + at++) + " AS m" + (measures.size() - 1));
        }
        String sql = "SELECT " + String.join(", ", out) + " FROM (" + relation.sql() + ") WHERE " + notNull(keys);
        if (!hasId || withId) {
            return sql;
        }
        List<String> order = new ArrayList<>(List.of("c", "e"));
        order.addAll(measures);
        return "SELECT * FROM (" + sql + ") QUALIFY d IS NULL OR row_number() OVER (PARTITION BY "
                + String.join(", ", keyNames) + ", d ORDER BY " + String.join(" NULLS LAST, ", order)
                + " NULLS LAST) = 1";
    }

    /// The table that pushed rows go to.
    public String pushTable() {
        return "bronze.pushed_" + view.name();
    }

    /// The projection over the source and, when there are any, the rows that were pushed.
    public String sql(Relations relations) {
        if (!view.push() || !relations.exists(pushTable())) {
            return projection.sql();
        }
        String columns = String.join(
                ", ",
                source(relations).stream().map(column -> quoted(column.name())).toList());
        return projection.sqlOver("(SELECT " + columns + " FROM "
                + view.source().from() + " UNION ALL SELECT " + columns + " FROM " + pushTable() + ")");
    }

    /// The source's own columns.
    public List<Relations.Column> source(Relations relations) {
        return relations
                .compile("SELECT * FROM " + view.source().from(), Map.of())
                .columns();
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /// How DuckDB names a key's type.
    public static String duckType(KeyType type) {
        return switch (type) {
            case BIGINT -> "BIGINT";
            case VARCHAR -> "VARCHAR";
        };
    }

    private static String notNull(int keys) {
        StringBuilder condition = new StringBuilder("c" + keys + " IS NOT NULL");
        for (int i = 0; i < keys; i++) {
            condition.append(" AND c").append(i).append(" IS NOT NULL");
        }
        return condition.toString();
    }

    private static String duckTime(String type) {
        return type.contains("with time zone") ? "TIMESTAMPTZ" : "TIMESTAMP";
    }

    private static String held(Measure measure, String column) {
        return switch (measure.kind()) {
            case DOUBLE -> "CAST(" + column + " AS DOUBLE)";
            case TEXT -> "CAST(" + column + " AS VARCHAR)";
            case LONG -> {
                if (measure.isDecimal()) {
                    yield measure.scale() == 0
                            ? "CAST(" + column + " AS BIGINT)"
                            : "CAST(" + column + " * CAST(1" + "0".repeat(measure.scale())
                                    + " AS DECIMAL(19,0)) AS BIGINT)";
                } else if (measure.type().equals("date")) {
                    yield "date_diff('day', DATE '1970-01-01', " + column + ")";
                }
                yield measure.type().startsWith("timestamp")
                        ? "epoch_us(" + column + ")"
                        : "CAST(" + column + " AS BIGINT)";
            }
        };
    }

    private static List<Relations.Column> columns(FeatureView view, Projection projection, Relations relations) {
        try {
            return relations.compile(projection.sql(), Map.of()).columns();
        } catch (TarnException all) {
            // Which part is wrong? First the source itself, then one column after the other.
            check(view, relations, "SELECT 1 AS one FROM " + view.source().from() + " AS source", "source");
            for (Projection.Column column : projection.columns()) {
                try {
                    relations.compile(projection.sql(List.of(column)), Map.of());
                } catch (TarnException one) {
                    throw column.place().error(column.what() + ": " + one.getMessage(), one);
                }
            }
            throw view.place().error(String.valueOf(all.getMessage()), all);
        }
    }

    private static void check(FeatureView view, Relations relations, String sql, String what) {
        try {
            relations.compile(sql, Map.of());
        } catch (TarnException e) {
            throw view.place().error(what + ": " + e.getMessage(), e);
        }
    }

    private static void checkTime(FeatureView view, String key, String column, String type) {
        if (!type.equals("date") && !Measure.isTimestamp(type)) {
            throw view.place()
                    .error(key + ": '" + column + "' is " + type
                            + ", and must be a date or a timestamp of at most 6 digits: cast it in 'sql'");
        }
    }

    /// The join keys' names, in order.
    public List<String> keyNames() {
        return view.keys().stream().map(Entity.JoinKey::name).toList();
    }
}
