package dev.tarn.feature.online;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.feature.definition.Entity;
import dev.tarn.feature.definition.KeyType;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An entity's keys as one text: a single key as it is, several each after its length.
final class EntityKey {
    private static final int LENGTH_MAX = 1_024;

    private EntityKey() {}

    /// The key of a request's row, or null when one of its keys is null.
    ///
    /// @throws TarnException `BAD_REQUEST` for a missing key or one of another type
    static @Nullable String of(List<Entity.JoinKey> keys, Map<String, ? extends @Nullable Object> row) {
        if (keys.size() == 1) {
            return part(keys.getFirst(), row);
        }
        StringBuilder all = new StringBuilder();
        for (Entity.JoinKey key : keys) {
            String part = part(key, row);
            if (part == null) {
                return null;
            }
            all.append(part.length()).append(':').append(part);
        }
        return all.toString();
    }

    /// The key of parts that are already texts.
    static String of(List<String> parts) {
        if (parts.size() == 1) {
            return parts.getFirst();
        }
        StringBuilder all = new StringBuilder();
        parts.forEach(part -> all.append(part.length()).append(':').append(part));
        return all.toString();
    }

    private static @Nullable String part(Entity.JoinKey key, Map<String, ? extends @Nullable Object> row) {
        if (!row.containsKey(key.name())) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST, "the join key '" + key.name() + "' is missing; given are " + row.keySet());
        }
        Object value = row.get(key.name());
        if (value == null) {
            return null;
        }
        String text = key.type() == KeyType.BIGINT ? integer(key, value) : value.toString();
        if (text.length() > LENGTH_MAX) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST, "the join key '" + key.name() + "' is longer than " + LENGTH_MAX);
        }
        return text;
    }

    private static String integer(Entity.JoinKey key, Object value) {
        try {
            return switch (value) {
                case Long number -> number.toString();
                case Integer number -> number.toString();
                case Double number -> Long.toString(new BigDecimal(number).longValueExact());
                default -> Long.toString(new BigDecimal(value.toString()).longValueExact());
            };
        } catch (ArithmeticException | NumberFormatException e) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST, "the join key '" + key.name() + "' is a bigint, and not '" + value + "'", e);
        }
    }
}
