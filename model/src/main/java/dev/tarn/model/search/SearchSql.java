package dev.tarn.model.search;

import dev.tarn.core.config.Nearest;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.model.search.Comparison.Entity;
import dev.tarn.model.search.Comparison.Value;
import dev.tarn.model.search.SearchTarget.Attribute;
import dev.tarn.model.search.SearchTarget.Keyed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.Query;

/// A search as SQL. Every value is bound; the statement's text holds only names that this program knows.
public final class SearchSql {
    private final SearchTarget target;
    private final boolean sqlite;
    private final List<String> conditions = new ArrayList<>();
    private final List<String> orderings = new ArrayList<>();
    private final Map<String, Object> bindings = new LinkedHashMap<>();

    /// @param sqlite whether the database is SQLite, whose LIKE ignores case
    public SearchSql(SearchTarget target, boolean sqlite) {
        this.target = target;
        this.sqlite = sqlite;
    }

    /// Adds a condition of the program's own.
    public SearchSql where(String condition, Map<String, ?> values) {
        conditions.add(condition);
        bindings.putAll(values);
        return this;
    }

    /// Adds the conditions of a filter in MLflow's language.
    ///
    /// @throws TarnException `BAD_REQUEST` when it cannot be read, or names what does not exist
    public SearchSql filter(String filter) {
        FilterParser.parse(filter).forEach(comparison -> conditions.add(condition(comparison)));
        return this;
    }

    /// Adds orderings such as `metrics.auc DESC`.
    public SearchSql orderBy(List<String> clauses) {
        for (String clause : clauses) {
            String text = clause.strip();
            String upper = text.toUpperCase(Locale.ROOT);
            boolean descending = upper.endsWith(" DESC");
            if (descending || upper.endsWith(" ASC")) {
                text = text.substring(0, text.lastIndexOf(' '));
            }
            order(FilterParser.key(text), descending);
        }
        return this;
    }

    private void order(FilterParser.Key key, boolean descending) {
        String direction = descending ? " DESC" : " ASC";
        if (key.entity() == Entity.ATTRIBUTE) {
            String column = attribute(key.name()).column();
            orderings.add("CASE WHEN " + column + " IS NULL THEN 1 ELSE 0 END");
            orderings.add(column + direction);
            return;
        }
        Keyed keyed = keyed(key.entity());
        String from = " FROM " + keyed.table() + " k WHERE k." + keyed.owner() + " = " + keyed.key() + " AND k.key = "
                + bind(key.name());
        // MLflow's order: values, then NaN, then those without the metric.
        String rank = keyed.number() ? "(SELECT k.is_nan" + from + ")" : "(SELECT 0" + from + ")";
        orderings.add("COALESCE(" + rank + ", 2)");
        orderings.add("(SELECT k.value" + from + ")" + direction);
    }

    /// Runs the search for one page.
    ///
    /// @param offset rows to skip
    /// @param limit rows to return at most
    public <T> List<T> page(Handle handle, long offset, int limit, RowMapper<T> mapper) {
        String where = conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
        String order = orderings.isEmpty()
                ? target.defaultOrder()
                : String.join(", ", orderings) + ", " + target.defaultOrder();
        Query query = handle.createQuery(
                target.select() + where + " ORDER BY " + order + " LIMIT :row_limit OFFSET :row_offset");
        query.bindMap(bindings).bind("row_limit", limit).bind("row_offset", offset);
        return query.map(mapper).list();
    }

    private String condition(Comparison comparison) {
        if (comparison.entity() == Entity.ATTRIBUTE) {
            Attribute attribute = attribute(comparison.key());
            return test(attribute.column(), attribute.number(), comparison);
        }
        if (comparison.entity() == Entity.DATASET) {
            return dataset(comparison);
        }
        Keyed keyed = keyed(comparison.entity());
        String from = "EXISTS (SELECT 1 FROM " + keyed.table() + " k WHERE k." + keyed.owner() + " = " + keyed.key()
                + " AND k.key = " + bind(comparison.key());
        return switch (comparison.operator()) {
            case "IS NULL" -> "NOT " + from + ")";
            case "IS NOT NULL" -> from + ")";
            default ->
                from + (keyed.number() ? " AND k.is_nan = 0" : "") + " AND "
                        + test("k.value", keyed.number(), comparison) + ")";
        };
    }

    private String dataset(Comparison comparison) {
        if (!target.keyed().containsKey(Entity.DATASET)) {
            throw unknown("datasets", List.of());
        }
        String column = switch (comparison.key()) {
            case "name" -> "d.name";
            case "digest" -> "d.digest";
            case "context" -> "i.tags";
            default -> throw unknown("datasets." + comparison.key(), List.of("name", "digest", "context"));
        };
        String test;
        if (column.equals("i.tags")) {
            if (!comparison.operator().equals("=")) {
                throw bad("datasets.context is compared with =");
            }
            // Tags are JSON with sorted keys and no spaces.
            String text =
                    comparison.values().getFirst().text().replace("\\", "\\\\").replace("\"", "\\\"");
            test = like("i.tags", "%\"mlflow.data.context\":\"" + escapeLike(text) + "\"%", false);
        } else {
            test = test(column, false, comparison);
        }
        return "EXISTS (SELECT 1 FROM ml_input i JOIN ml_dataset d ON d.no = i.dataset_no WHERE i.run_no = s.no AND "
                + test + ")";
    }

    private String test(String column, boolean number, Comparison comparison) {
        String operator = comparison.operator();
        return switch (operator) {
            case "IS NULL", "IS NOT NULL" -> column + " " + operator;
            case "LIKE", "ILIKE" -> {
                if (number) {
                    throw bad(comparison.key() + " is a number, and " + operator + " compares text");
                }
                yield like(column, string(comparison, comparison.values().getFirst()), operator.equals("ILIKE"));
            }
            case "IN", "NOT IN" -> {
                List<String> names = new ArrayList<>();
                for (Value value : comparison.values()) {
                    names.add(bind(number ? number(comparison, value) : string(comparison, value)));
                }
                yield column + " " + operator + " (" + String.join(", ", names) + ")";
            }
            default -> {
                Value value = comparison.values().getFirst();
                if (!number && !operator.equals("=") && !operator.equals("!=")) {
                    throw bad(comparison.key() + " is text: compare it with =, !=, LIKE, ILIKE or IN, not " + operator);
                }
                Object bound = number ? number(comparison, value) : string(comparison, value);
                yield column + " " + sqlOperator(operator) + " " + bind(bound);
            }
        };
    }

    private static String sqlOperator(String operator) {
        return operator.equals("!=") ? "<>" : operator;
    }

    /// `%` and `_` as in SQL, without an escape. SQLite compares case with GLOB only.
    private String like(String column, String pattern, boolean ignoreCase) {
        if (!sqlite) {
            return column + (ignoreCase ? " ILIKE " : " LIKE ") + bind(pattern);
        }
        if (ignoreCase) {
            return column + " LIKE " + bind(pattern);
        }
        StringBuilder glob = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            switch (c) {
                case '%' -> glob.append('*');
                case '_' -> glob.append('?');
                case '*', '?', '[' -> glob.append('[').append(c).append(']');
                default -> glob.append(c);
            }
        }
        return column + " GLOB " + bind(glob.toString());
    }

    /// A wildcard stands for one character where it would otherwise match any number.
    private static String escapeLike(String text) {
        return text.replace('%', '_');
    }

    private String string(Comparison comparison, Value value) {
        if (!value.quoted()) {
            throw bad("the value of " + comparison.key() + " is text: write it in quotes, '" + value.text() + "'");
        }
        return value.text();
    }

    private static Double number(Comparison comparison, Value value) {
        try {
            return Double.valueOf(value.text());
        } catch (NumberFormatException e) {
            throw bad("the value of " + comparison.key() + " is a number, not '" + value.text() + "'");
        }
    }

    private Attribute attribute(String name) {
        Attribute attribute = target.attributes().get(name);
        if (attribute == null) {
            throw unknown(name, List.copyOf(target.attributes().keySet()));
        }
        return attribute;
    }

    private Keyed keyed(Entity entity) {
        Keyed keyed = target.keyed().get(entity);
        if (keyed == null) {
            throw bad("there are no " + entity.name().toLowerCase(Locale.ROOT) + "s to search here");
        }
        return keyed;
    }

    private String bind(Object value) {
        String name = "v" + bindings.size();
        bindings.put(name, value);
        return ":" + name;
    }

    private static TarnException unknown(String name, List<String> known) {
        String hint = Nearest.of(name, known)
                .map(near -> "; did you mean '" + near + "'?")
                .orElse("; known are "
                        + String.join(", ", known.stream().sorted().toList()));
        return bad("Invalid attribute '" + name + "'" + hint);
    }

    private static TarnException bad(String message) {
        return new TarnException(ErrorCode.BAD_REQUEST, message);
    }
}
