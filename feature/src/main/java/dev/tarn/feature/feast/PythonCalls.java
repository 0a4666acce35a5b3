package dev.tarn.feature.feast;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Finds calls of capitalized names with keyword arguments at the top level of Python files, and reads what of
/// their arguments is literal. Anything else is kept as its text.
final class PythonCalls {
    /// A variable's name.
    record Name(String text) {
        @Override
        public String toString() {
            return text;
        }
    }

    /// `view[["a", "b"]]`.
    record Subscript(String of, List<String> texts) {}

    /// Text that is no literal.
    record Other(String text) {}

    /// What a file holds.
    ///
    /// @param decorated functions with a decorator of Feast's, which are computed
    record Found(List<Call> calls, List<String> decorated) {}

    /// A call such as `Entity(name="driver")`.
    record Call(
            String name,
            Optional<String> variable,
            String place,
            List<Object> positional,
            Map<String, @Nullable Object> arguments) {
        /// A literal text, by keyword or position (-1: by keyword only).
        Optional<String> text(String keyword, int position) {
            Object value = arguments.get(keyword);
            if (value == null && position >= 0 && position < positional.size()) {
                value = positional.get(position);
            }
            return value instanceof String text ? Optional.of(text) : Optional.empty();
        }

        List<?> list(String keyword) {
            return arguments.get(keyword) instanceof List<?> list ? list : List.of();
        }

        /// A dictionary of texts; empty when there is none.
        Map<String, String> pairs(String keyword) {
            Map<String, String> pairs = new LinkedHashMap<>();
            if (arguments.get(keyword) instanceof Map<?, ?> found) {
                found.forEach((key, value) -> pairs.put(String.valueOf(key), String.valueOf(value)));
            }
            return pairs;
        }

        List<String> texts(String keyword) {
            return list(keyword).stream()
                    .filter(String.class::isInstance)
                    .map(String.class::cast)
                    .toList();
        }

        /// `timedelta(days=7)` and the like, as a duration of Tarn's.
        Optional<String> days(String keyword) {
            if (!(arguments.get(keyword) instanceof Call delta) || !delta.name().endsWith("timedelta")) {
                return Optional.empty();
            }
            for (String unit : List.of("days", "hours", "minutes", "seconds", "weeks")) {
                if (delta.arguments().get(unit) instanceof Long amount && amount > 0) {
                    return Optional.of(unit.equals("weeks") ? amount * 7 + "d" : amount.toString() + unit.charAt(0));
                }
            }
            return Optional.empty();
        }
    }

    private final String file;
    private final String text;
    private int at;

    private PythonCalls(String file, String text) {
        this.file = file;
        this.text = text;
    }

    static Found read(String file, String text) {
        List<Call> calls = new ArrayList<>();
        List<String> decorated = new ArrayList<>();
        PythonCalls reader = new PythonCalls(file, text);
        int line = 0;
        while (line < text.length()) {
            int end = text.indexOf('\n', line);
            end = end < 0 ? text.length() : end;
            String start = text.substring(line, end);
            if (start.matches("@(feast\\.)?(on_demand|stream|batch)_feature_view.*")) {
                decorated.add(reader.place(line));
            } else if (start.matches("[A-Za-z_][A-Za-z0-9_]*\\s*(:[^=]*)?=\\s*[A-Za-z_.]*[A-Z][A-Za-z_]*\\(.*")
                    || start.matches("[A-Za-z_.]*[A-Z][A-Za-z_]*\\(.*")) {
                reader.at = line;
                Call call = reader.statement();
                if (call != null) {
                    calls.add(call);
                    end = Math.max(
                            end, text.indexOf('\n', reader.at) < 0 ? text.length() : text.indexOf('\n', reader.at));
                }
            }
            line = end + 1;
        }
        return new Found(calls, decorated);
    }

    private @Nullable Call statement() {
        int start = at;
        int parenthesis = text.indexOf('(', at);
        int equals = text.indexOf('=', at);
        Optional<String> variable = Optional.empty();
        if (equals >= 0 && equals < parenthesis) {
            String left = text.substring(at, equals);
            int colon = left.indexOf(':');
            variable = Optional.of((colon < 0 ? left : left.substring(0, colon)).strip());
            at = equals + 1;
        }
        skip();
        Object value = value();
        if (value instanceof Call call) {
            return new Call(call.name(), variable, place(start), call.positional(), call.arguments());
        }
        return null;
    }

    private @Nullable Object value() {
        skip();
        char c = peek();
        if (c == '"' || c == '\'') {
            return string();
        } else if (c == '[' || c == '(') {
            at++;
            return items(c == '[' ? ']' : ')');
        } else if (c == '{') {
            return dictionary();
        } else if (Character.isDigit(c) || c == '-') {
            return number();
        } else if (Character.isLetter(c) || c == '_') {
            return named();
        }
        return other();
    }

    private Object named() {
        int start = at;
        while (at < text.length() && (Character.isLetterOrDigit(peek()) || peek() == '_' || peek() == '.')) {
            at++;
        }
        String name = text.substring(start, at);
        if ((peek() == '"' || peek() == '\'') && name.length() <= 2) {
            return name.toLowerCase(java.util.Locale.ROOT).contains("f") ? other() : string();
        }
        skip();
        if (peek() == '(') {
            return call(name);
        } else if (peek() == '[') {
            at++;
            List<Object> inner = items(']');
            List<?> wanted = inner.size() == 1 && inner.getFirst() instanceof List<?> list ? list : inner;
            return new Subscript(
                    name,
                    wanted.stream()
                            .filter(String.class::isInstance)
                            .map(String.class::cast)
                            .toList());
        }
        return switch (name) {
            case "True" -> true;
            case "False" -> false;
            default -> new Name(name);
        };
    }

    private Call call(String name) {
        String place = place(at);
        at++;
        List<Object> positional = new ArrayList<>();
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        skip();
        while (at < text.length() && peek() != ')') {
            int before = at;
            String keyword = keyword();
            Object value = value();
            if (keyword != null) {
                arguments.put(keyword, value);
            } else if (value != null) {
                positional.add(value);
            }
            toSeparator(')');
            at = Math.max(at, before + 1);
        }
        at++;
        return new Call(name.substring(name.lastIndexOf('.') + 1), Optional.empty(), place, positional, arguments);
    }

    private @Nullable String keyword() {
        int end = at;
        while (end < text.length() && (Character.isLetterOrDigit(text.charAt(end)) || text.charAt(end) == '_')) {
            end++;
        }
        int equals = end;
        while (equals < text.length() && Character.isWhitespace(text.charAt(equals))) {
            equals++;
        }
        boolean isKeyword =
                end > at && equals + 1 < text.length() && text.charAt(equals) == '=' && text.charAt(equals + 1) != '=';
        if (!isKeyword) {
            return null;
        }
        String keyword = text.substring(at, end);
        at = equals + 1;
        return keyword;
    }

    private List<Object> items(char close) {
        List<Object> items = new ArrayList<>();
        skip();
        while (at < text.length() && peek() != close) {
            int before = at;
            Object value = value();
            if (value != null) {
                items.add(value);
            }
            toSeparator(close);
            at = Math.max(at, before + 1);
        }
        at++;
        return items;
    }

    /// `{"a": "b"}`: the pairs of two literal texts.
    private Map<String, String> dictionary() {
        Map<String, String> pairs = new LinkedHashMap<>();
        at++;
        skip();
        while (at < text.length() && peek() != '}') {
            int before = at;
            Object key = value();
            skip();
            if (peek() == ':') {
                at++;
                if (value() instanceof String value && key instanceof String name) {
                    pairs.put(name, value);
                }
            }
            toSeparator('}');
            at = Math.max(at, before + 1);
        }
        at++;
        return pairs;
    }

    /// Leaves whatever a value was part of, up to the comma or the end of the list.
    private void toSeparator(char close) {
        int depth = 0;
        while (at < text.length()) {
            skip();
            char c = peek();
            if (depth == 0 && (c == ',' || c == close)) {
                if (c == ',') {
                    at++;
                    skip();
                }
                return;
            }
            if (c == '"' || c == '\'') {
                string();
                continue;
            }
            depth += c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
            at++;
        }
    }

    private String string() {
        StringBuilder value = new StringBuilder();
        do {
            String quote = text.startsWith("\"\"\"", at) || text.startsWith("'''", at)
                    ? text.substring(at, at + 3)
                    : text.substring(at, at + 1);
            at += quote.length();
            while (at < text.length() && !text.startsWith(quote, at)) {
                if (peek() == '\\' && at + 1 < text.length()) {
                    at++;
                }
                value.append(peek());
                at++;
            }
            at += quote.length();
            skip();
            // Neighbours are one text.
        } while (peek() == '"' || peek() == '\'');
        return value.toString();
    }

    private Object number() {
        int start = at++;
        while (at < text.length() && (Character.isLetterOrDigit(peek()) || peek() == '.' || peek() == '_')) {
            at++;
        }
        String digits = text.substring(start, at).replace("_", "");
        return digits.matches("-?\\d{1,18}") ? (Object) Long.valueOf(digits) : new Other(digits);
    }

    private Object other() {
        int start = at;
        // A bracket is left for the search of the separator, which counts them.
        at = "([{".indexOf(peek()) >= 0 ? at : Math.min(at + 1, text.length());
        return new Other(
                text.substring(start, Math.min(text.length(), start + 40)).strip());
    }

    private void skip() {
        while (at < text.length()) {
            if (Character.isWhitespace(peek()) || peek() == '\\') {
                at++;
            } else if (peek() == '#') {
                while (at < text.length() && peek() != '\n') {
                    at++;
                }
            } else {
                return;
            }
        }
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private String place(int position) {
        long line = text.substring(0, Math.min(position, text.length()))
                        .chars()
                        .filter(c -> c == '\n')
                        .count()
                + 1;
        return file + ":" + line;
    }
}
