package dev.tarn.transform.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `a.b`, `a[b]` and `a[b:c]`. As in Jinja, the first looks for a method and then for a key, the second the
/// other
/// way round, and what is not there is undefined.
final class Access {
    private Access() {}

    static @Nullable Object attribute(@Nullable Object of, String name) {
        return switch (of) {
            case Undefined undefined -> new Undefined(undefined.name() + "." + name);
            case Attributes object -> object.attribute(name);
            case null -> new Undefined("None." + name);
            default -> {
                Callable method = Methods.of(of, name);
                if (method != null) {
                    yield method;
                }
                yield of instanceof Map<?, ?> map && map.containsKey(name) ? map.get(name) : Values.attribute(of, name);
            }
        };
    }

    static @Nullable Object item(@Nullable Object of, @Nullable Object key) {
        return switch (of) {
            case Map<?, ?> map when map.containsKey(key) -> map.get(key);
            case List<?> list
            when Operators.isNumber(key) -> {
                int index = index(Operators.wholeNumber(key), list.size());
                yield index < 0 ? new Undefined(Python.str(key)) : list.get(index);
            }
            case CharSequence text
            when Operators.isNumber(key) -> {
                List<@Nullable Object> characters = Python.iterate(text);
                int index = index(Operators.wholeNumber(key), characters.size());
                yield index < 0 ? new Undefined(Python.str(key)) : characters.get(index);
            }
            case null, default ->
                key instanceof CharSequence name ? attribute(of, name.toString()) : new Undefined(Python.str(key));
        };
    }

    /// The index counted from the start, or -1 when it is outside.
    private static int index(long index, int size) {
        long fromStart = index < 0 ? index + size : index;
        return fromStart < 0 || fromStart >= size ? -1 : (int) fromStart;
    }

    static @Nullable Object slice(
            @Nullable Object of, @Nullable Object start, @Nullable Object stop, @Nullable Object step) {
        if (!(of instanceof List<?> || of instanceof CharSequence)) {
            throw new JinjaException(Python.typeName(of) + " cannot be sliced");
        }
        List<@Nullable Object> items = Python.iterate(of);
        int size = items.size();
        long by = step == null ? 1 : Operators.wholeNumber(step);
        if (by == 0) {
            throw new JinjaException("a slice's step cannot be zero");
        }
        long from = bound(start, size, by > 0 ? 0 : size - 1, by);
        long to = bound(stop, size, by > 0 ? size : -1, by);
        List<@Nullable Object> part = new ArrayList<>();
        for (long i = from; by > 0 ? i < to : i > to; i += by) {
            part.add(items.get((int) i));
        }
        if (of instanceof CharSequence) {
            StringBuilder text = new StringBuilder();
            part.forEach(text::append);
            return text.toString();
        }
        return of instanceof Tuple ? new Tuple(part) : part;
    }

    private static long bound(@Nullable Object value, int size, long otherwise, long step) {
        if (value == null) {
            return otherwise;
        }
        long index = Operators.wholeNumber(value);
        long fromStart = index < 0 ? index + size : index;
        return step > 0 ? Math.clamp(fromStart, 0, size) : Math.clamp(fromStart, -1, size - 1);
    }
}
