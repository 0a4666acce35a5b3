package dev.tarn.transform.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The arguments of one call, by position and by name.
public record Arguments(List<@Nullable Object> positional, Map<String, @Nullable Object> named) {
    public static final Arguments NONE = new Arguments(List.of(), Map.of());

    /// Arguments by position only.
    public static Arguments of(List<@Nullable Object> positional) {
        return new Arguments(positional, Map.of());
    }

    /// Whether the argument was given.
    public boolean has(int position, String name) {
        return position < positional.size() || named.containsKey(name);
    }

    /// The argument at a position or of a name.
    ///
    /// @throws JinjaException when it was not given
    public @Nullable Object get(int position, String name) {
        if (position < positional.size()) {
            return positional.get(position);
        }
        if (named.containsKey(name)) {
            return named.get(name);
        }
        throw new JinjaException("the argument '" + name + "' is missing");
    }

    /// The same, or another value when it was not given.
    public @Nullable Object get(int position, String name, @Nullable Object otherwise) {
        return has(position, name) ? get(position, name) : otherwise;
    }

    /// The argument as text.
    public String text(int position, String name) {
        return Python.str(get(position, name));
    }

    /// The argument as text, or null when it was not given or is None.
    public @Nullable String textOrNull(int position, String name) {
        Object value = get(position, name, null);
        return value == null ? null : Python.str(value);
    }

    /// The argument as text, or another text when it was not given or is None.
    public String textOr(int position, String name, String otherwise) {
        Object value = get(position, name, null);
        return value == null ? otherwise : Python.str(value);
    }

    /// The argument as a whole number, or another when it was not given or is None.
    public int integer(int position, String name, int otherwise) {
        Object value = get(position, name, null);
        return value == null ? otherwise : Math.toIntExact(Operators.wholeNumber(value));
    }

    /// The argument's truth, or another when it was not given.
    public boolean truth(int position, String name, boolean otherwise) {
        return has(position, name) ? Python.truth(get(position, name)) : otherwise;
    }

    /// Without the first ones by position.
    public Arguments from(int position) {
        return new Arguments(
                position >= positional.size() ? List.of() : positional.subList(position, positional.size()), named);
    }

    /// With one more at the front.
    public Arguments prepend(@Nullable Object first) {
        List<@Nullable Object> all = new ArrayList<>();
        all.add(first);
        all.addAll(positional);
        return new Arguments(all, named);
    }
}
