package dev.tarn.model.tracking;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Splits what is bound to one statement: databases bound the number of its parameters.
final class Chunks {
    private static final int MOST = 1000;

    private Chunks() {}

    static <T> List<List<T>> of(Collection<T> items) {
        List<T> all = List.copyOf(items);
        List<List<T>> chunks = new ArrayList<>();
        for (int from = 0; from < all.size(); from += MOST) {
            chunks.add(all.subList(from, Math.min(all.size(), from + MOST)));
        }
        return chunks;
    }
}
