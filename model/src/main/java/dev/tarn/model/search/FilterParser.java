package dev.tarn.model.search;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.model.search.Comparison.Entity;
import dev.tarn.model.search.Comparison.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Reads MLflow's filters: conditions joined by `AND`; keys with unusual characters in backticks or double
/// quotes, strings in single or double quotes.
public final class FilterParser {
    private static final int MAX_LENGTH = 100_000;
    private static final int MAX_CONDITIONS = 200;
    private static final Set<String> SYMBOLS = Set.of("=", "!=", "<", "<=", ">", ">=");
    private static final Map<String, Entity> ENTITIES = Map.ofEntries(
            Map.entry("metric", Entity.METRIC),
            Map.entry("metrics", Entity.METRIC),
            Map.entry("param", Entity.PARAM),
            Map.entry("params", Entity.PARAM),
            Map.entry("parameter", Entity.PARAM),
            Map.entry("parameters", Entity.PARAM),
            Map.entry("tag", Entity.TAG),
            Map.entry("tags", Entity.TAG),
            Map.entry("dataset", Entity.DATASET),
            Map.entry("datasets", Entity.DATASET),
            Map.entry("attribute", Entity.ATTRIBUTE),
            Map.entry("attributes", Entity.ATTRIBUTE),
            Map.entry("attr", Entity.ATTRIBUTE),
            Map.entry("run", Entity.ATTRIBUTE));

    private final String text;
    private int at;

    private FilterParser(String text) {
        this.text = text;
    }

    /// A key with what it belongs to.
    record Key(Entity entity, String name) {}

    /// The conditions of a filter; none when it is blank.
    ///
    /// @throws TarnException `BAD_REQUEST` with the position of what is wrong
    public static List<Comparison> parse(String filter) {
        if (filter.length() > MAX_LENGTH) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "the filter is longer than " + MAX_LENGTH + " characters");
        }
        FilterParser parser = new FilterParser(filter);
        List<Comparison> all = new ArrayList<>();
        parser.space();
        while (parser.at < filter.length()) {
            if (!all.isEmpty() && !parser.word("AND")) {
                throw parser.error("expected AND between two conditions (OR is not part of the language)");
            }
            if (all.size() == MAX_CONDITIONS) {
                throw parser.error("more than " + MAX_CONDITIONS + " conditions");
            }
            all.add(parser.comparison());
            parser.space();
        }
        return all;
    }

    /// A key as in `order_by`, with the rest of the text after it.
    static Key key(String text) {
        FilterParser parser = new FilterParser(text.strip());
        Key key = parser.key();
        parser.space();
        if (parser.at < parser.text.length()) {
            throw parser.error("unexpected text after the key");
        }
        return key;
    }

    private Comparison comparison() {
        Key key = key();
        space();
        String operator = operator();
        space();
        List<Value> values = switch (operator) {
            case "IS NULL", "IS NOT NULL" -> List.of();
            case "IN", "NOT IN" -> list();
            default -> List.of(value());
        };
        return new Comparison(key.entity(), key.name(), operator, values);
    }

    private Key key() {
        space();
        String first = part();
        if (at < text.length() && text.charAt(at) == '.') {
            at++;
            Entity entity = ENTITIES.get(first.toLowerCase(Locale.ROOT));
            if (entity == null) {
                throw error("'" + first + "' is none of metrics, params, tags, attributes, datasets");
            }
            return new Key(entity, rest());
        }
        return new Key(Entity.ATTRIBUTE, first);
    }

    /// A quoted name, or letters, digits and `_`, up to a dot.
    private String part() {
        if (at < text.length() && (text.charAt(at) == '`' || text.charAt(at) == '"')) {
            return quoted(text.charAt(at));
        }
        int start = at;
        while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
            at++;
        }
        if (start == at) {
            throw error("expected a key such as metrics.auc");
        }
        return text.substring(start, at);
    }

    /// What follows `metrics.`: a quoted name, or everything up to a space or an operator.
    private String rest() {
        if (at < text.length() && (text.charAt(at) == '`' || text.charAt(at) == '"')) {
            return quoted(text.charAt(at));
        }
        int start = at;
        while (at < text.length()
                && !Character.isWhitespace(text.charAt(at))
                && "=!<>'\"`()".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        if (start == at) {
            throw error("a key is missing after the dot");
        }
        return text.substring(start, at);
    }

    private String operator() {
        for (int length = 2; length >= 1; length--) {
            if (at + length <= text.length() && SYMBOLS.contains(text.substring(at, at + length))) {
                at += length;
                return text.substring(at - length, at);
            }
        }
        if (word("LIKE")) {
            return "LIKE";
        } else if (word("ILIKE")) {
            return "ILIKE";
        } else if (word("IN")) {
            return "IN";
        } else if (word("NOT") && word("IN")) {
            return "NOT IN";
        } else if (word("IS")) {
            boolean not = word("NOT");
            if (word("NULL")) {
                return not ? "IS NOT NULL" : "IS NULL";
            }
        }
        throw error("expected one of =, !=, <, <=, >, >=, LIKE, ILIKE, IN, NOT IN");
    }

    private List<Value> list() {
        expect('(');
        List<Value> values = new ArrayList<>();
        do {
            space();
            values.add(value());
            space();
        } while (accept(','));
        expect(')');
        return values;
    }

    private Value value() {
        if (at >= text.length()) {
            throw error("a value is missing");
        }
        char first = text.charAt(at);
        if (first == '\'' || first == '"') {
            return new Value(quoted(first), true);
        }
        int start = at;
        while (at < text.length()
                && !Character.isWhitespace(text.charAt(at))
                && ",()'\"".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        if (start == at) {
            throw error("expected a number or a quoted string");
        }
        return new Value(text.substring(start, at), false);
    }

    private String quoted(char quote) {
        int end = text.indexOf(quote, at + 1);
        if (end < 0) {
            throw error("the quote that starts here does not end");
        }
        String inside = text.substring(at + 1, end);
        at = end + 1;
        return inside;
    }

    /// Skips a word when it is next, whole and in any case.
    private boolean word(String word) {
        space();
        int end = at + word.length();
        if (end > text.length()
                || !text.substring(at, end).equalsIgnoreCase(word)
                || (end < text.length() && Character.isLetterOrDigit(text.charAt(end)))) {
            return false;
        }
        at = end;
        return true;
    }

    private void space() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private boolean accept(char c) {
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char c) {
        if (!accept(c)) {
            throw error("expected '" + c + "'");
        }
    }

    private TarnException error(String message) {
        return new TarnException(
                ErrorCode.BAD_REQUEST,
                "Invalid filter or ordering at position " + (at + 1) + " of \"" + text + "\": " + message);
    }
}
