package dev.tarn.model.search;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One page of a search.
///
/// @param nextToken where the next page starts, or null after the last
public record Page<T>(List<T> items, @Nullable String nextToken) {
    /// Of `limit + 1` rows asked for, the first `limit`, and a token when there were more.
    public static <T> Page<T> of(List<T> found, long offset, int limit) {
        return new Page<>(
                List.copyOf(found.subList(0, Math.min(limit, found.size()))), PageToken.after(offset, limit, found));
    }
}
