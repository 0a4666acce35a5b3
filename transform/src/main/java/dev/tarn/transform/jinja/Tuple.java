package dev.tarn.transform.jinja;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/// An immutable list that prints as Python's tuple does.
public final class Tuple extends AbstractList<@Nullable Object> implements RandomAccess {
    private final List<@Nullable Object> items;

    public Tuple(List<? extends @Nullable Object> items) {
        this.items = Collections.unmodifiableList(new ArrayList<>(items));
    }

    public static Tuple of(@Nullable Object... items) {
        return new Tuple(Arrays.asList(items));
    }

    @Override
    public @Nullable Object get(int index) {
        return items.get(index);
    }

    @Override
    public int size() {
        return items.size();
    }
}
