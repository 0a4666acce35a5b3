package dev.tarn.feature.window;

import dev.tarn.feature.definition.Entity;
import dev.tarn.feature.definition.Feature;
import dev.tarn.feature.definition.FeatureView;
import dev.tarn.feature.definition.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a view takes from its source, in Trino's SQL: the keys `k0…`, the times `e` and `c`, the id
/// `d`, and each different measure `m0…`. Filters are part of the measures, so that training, filling
/// the store and pushed rows all use one text.
public final class Projection {
    /// One column of the projection.
    public record Column(String name, String sql, Place place, String what) {}

    /// The most measures of one view; an event keeps its nulls in one word.
    private static final int MEASURES_MAX = 63;

    private final FeatureView view;
    private final List<Column> columns = new ArrayList<>();
    private final List<String> measures = new ArrayList<>();

    private Projection(FeatureView view) {
        this.view = view;
    }

    /// The projection of a view.
    public static Projection of(FeatureView view) {
        Projection projection = new Projection(view);
        List<Entity.JoinKey> keys = view.keys();
        for (int i = 0; i < keys.size(); i++) {
            Entity.JoinKey key = keys.get(i);
            String column = quoted(view.keyColumns().getOrDefault(key.name(), key.name()));
            projection.add(
                    "k" + i, "CAST(" + column + " AS " + key.type().sql() + ")", view.place(), "key " + key.name());
        }
        projection.add("e", quoted(view.eventTime()), view.place(), "event-time");
        view.createdTime().ifPresent(created -> projection.add("c", quoted(created), view.place(), "created-time"));
        view.id().ifPresent(id -> projection.add("d", "CAST(" + quoted(id) + " AS varchar)", view.place(), "id"));
        for (Feature.Aggregate aggregate : view.aggregates()) {
            measure(aggregate).ifPresent(sql -> {
                if (!projection.measures.contains(sql)) {
                    projection.add("m" + projection.measures.size(), sql, aggregate.place(), aggregate.name());
                    projection.measures.add(sql);
                }
            });
        }
        if (projection.measures.size() > MEASURES_MAX) {
            throw view.place()
                    .error("more than " + MEASURES_MAX + " different expressions in one view: split it in two");
        }
        return projection;
    }

    /// The whole statement.
    public String sql() {
        return sql(columns);
    }

    /// The statement with only some of the columns, to find which of them is wrong.
    public String sql(List<Column> some) {
        return sql(some, view.source().from());
    }

    /// The statement over another relation that has the source's columns, such as pushed rows.
    public String sqlOver(String relation) {
        return sql(columns, relation);
    }

    private String sql(List<Column> some, String from) {
        StringBuilder sql = new StringBuilder("SELECT ");
        String separator = "";
        for (Column column : some) {
            sql.append(separator).append(column.sql()).append(" AS ").append(column.name());
            separator = ", ";
        }
        sql.append(" FROM ").append(from).append(" AS source");
        view.where().ifPresent(where -> sql.append(" WHERE (").append(where).append(')'));
        return sql.toString();
    }

    /// Its columns in order.
    public List<Column> columns() {
        return List.copyOf(columns);
    }

    /// How many measures there are.
    public int measures() {
        return measures.size();
    }

    /// The measure of an aggregate, or empty when it counts rows.
    Optional<Integer> measureOf(Feature.Aggregate aggregate) {
        return measure(aggregate).map(measures::indexOf);
    }

    private static Optional<String> measure(Feature.Aggregate aggregate) {
        Optional<String> value = aggregate.of().map(of -> "(" + of + ")");
        return aggregate
                .where()
                .map(where -> "CASE WHEN (" + where + ") THEN " + value.orElse("1") + " END")
                .or(() -> value);
    }

    private void add(String name, String sql, Place place, String what) {
        columns.add(new Column(name, sql, place, what));
    }

    /// A column's name in Trino's SQL; a name with dots or brackets is taken for an expression.
    private static String quoted(String column) {
        return column.matches("[A-Za-z_][A-Za-z0-9_ -]*") ? "\"" + column + "\"" : column;
    }
}
