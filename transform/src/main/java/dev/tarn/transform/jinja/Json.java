package dev.tarn.transform.jinja;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// JSON as Python's `json` module reads and writes it.
public final class Json {
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(DeserializationFeature.USE_LONG_FOR_INTS);

    private Json() {}

    /// `json.dumps(value)`.
    ///
    /// @param indent spaces per level, or null for one line
    public static String write(@Nullable Object value, @Nullable Object indent) {
        StringBuilder out = new StringBuilder();
        write(value, indent == null ? -1 : Math.toIntExact(Operators.wholeNumber(indent)), 0, out);
        return out.toString();
    }

    private static void write(@Nullable Object value, int indent, int depth, StringBuilder out) {
        switch (value) {
            case null -> out.append("null");
            case Undefined undefined -> throw undefined.used();
            case Boolean bool -> out.append(bool);
            case BigDecimal decimal -> out.append(decimal.toPlainString());
            case Number number -> out.append(Python.repr(number));
            case Map<?, ?> map -> {
                List<Runnable> entries = new ArrayList<>();
                map.forEach((key, item) -> entries.add(() -> {
                    out.append(quoted(Python.str(key))).append(": ");
                    write(item, indent, depth + 1, out);
                }));
                list(entries, '{', '}', indent, depth, out);
            }
            case Collection<?> items -> {
                List<Runnable> entries = new ArrayList<>();
                items.forEach(item -> entries.add(() -> write(item, indent, depth + 1, out)));
                list(entries, '[', ']', indent, depth, out);
            }
            default -> out.append(quoted(Python.str(value)));
        }
    }

    private static void list(List<Runnable> entries, char open, char close, int indent, int depth, StringBuilder out) {
        out.append(open);
        String before = indent < 0 || entries.isEmpty() ? "" : "\n" + " ".repeat(indent * (depth + 1));
        boolean first = true;
        for (Runnable entry : entries) {
            out.append(first ? "" : indent < 0 ? ", " : ",").append(before);
            entry.run();
            first = false;
        }
        if (!before.isEmpty()) {
            out.append('\n').append(" ".repeat(indent * depth));
        }
        out.append(close);
    }

    private static String quoted(String text) {
        try {
            return MAPPER.writeValueAsString(text);
        } catch (JsonProcessingException e) {
            throw new JinjaException("this text cannot be written as JSON", e);
        }
    }

    /// `json.loads(text)`.
    ///
    /// @throws JinjaException when it is not JSON
    public static @Nullable Object read(String text) {
        try {
            return normal(MAPPER.readValue(text, Object.class));
        } catch (JsonProcessingException e) {
            throw new JinjaException("not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static @Nullable Object normal(@Nullable Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                Map<@Nullable Object, @Nullable Object> copy = new LinkedHashMap<>();
                map.forEach((key, item) -> copy.put(key, normal(item)));
                yield copy;
            }
            case List<?> list -> {
                List<@Nullable Object> copy = new ArrayList<>();
                list.forEach(item -> copy.add(normal(item)));
                yield copy;
            }
            case null, default -> value;
        };
    }
}
