package dev.tarn.ingest.read;

import java.util.EnumSet;
import java.util.Set;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/// Keeps no values but which types hold all of those that it was given.
final class GuessBuffer extends ColumnBuffer {
    private static final int DOUBLE_TEXT_BYTES_MAX = 17;

    /// The types that are tried, narrowest first.
    private enum Candidate {
        BOOLEAN,
        BIGINT,
        DOUBLE,
        DATE,
        TIMESTAMP,
        TIMESTAMP_WITH_ZONE;

        Type type() {
            return switch (this) {
                case BOOLEAN -> Types.BooleanType.get();
                case BIGINT -> Types.LongType.get();
                case DOUBLE -> Types.DoubleType.get();
                case DATE -> Types.DateType.get();
                case TIMESTAMP -> Types.TimestampType.withoutZone();
                case TIMESTAMP_WITH_ZONE -> Types.TimestampType.withZone();
            };
        }

        boolean holds(byte[] bytes, int from, int to) {
            return switch (this) {
                case BOOLEAN -> Values.word(bytes, from, to, "true") || Values.word(bytes, from, to, "false");
                case BIGINT -> Values.whole(bytes, from, to, Values.DIGITS_MAX) != Values.NONE;
                // A leading zero is an identifier's, not a number's.
                case DOUBLE ->
                    to - from <= DOUBLE_TEXT_BYTES_MAX
                            && !leadingZero(bytes, from, to)
                            && Values.floating(bytes, from, to) != Values.NONE;
                case DATE -> Values.date(bytes, from, to) != Values.NONE;
                case TIMESTAMP -> Values.timestamp(bytes, from, to) != Values.NONE;
                case TIMESTAMP_WITH_ZONE -> Values.timestampWithZone(bytes, from, to) != Values.NONE;
            };
        }

        private static boolean leadingZero(byte[] bytes, int from, int to) {
            int first = bytes[from] == '-' || bytes[from] == '+' ? from + 1 : from;
            return first + 1 < to && bytes[first] == '0' && bytes[first + 1] >= '0' && bytes[first + 1] <= '9';
        }
    }

    private final Set<Candidate> candidates = EnumSet.allOf(Candidate.class);
    private boolean seen;

    GuessBuffer() {
        super(Types.StringType.get(), (byte) 0);
    }

    /// Every field is cut out first.
    @Override
    int plain(byte[] bytes, int at, int end) {
        return -1;
    }

    @Override
    boolean append(byte[] bytes, int from, int to) {
        lengthBefore = length;
        count++;
        if (to > from) {
            seen = true;
            candidates.removeIf(candidate -> !candidate.holds(bytes, from, to));
        }
        return true;
    }

    /// The narrowest type that holds all values; text when none does or none was seen.
    Type guess() {
        return seen && !candidates.isEmpty() ? candidates.iterator().next().type() : Types.StringType.get();
    }
}
