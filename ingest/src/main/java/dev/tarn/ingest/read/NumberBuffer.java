package dev.tarn.ingest.read;

import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/// Values of four or eight bytes: numbers, dates and times.
final class NumberBuffer extends ColumnBuffer {
    private final Type.TypeID id;
    private final int width;
    private final int wholeDigitsMax;
    private final boolean zoned;
    private final int precision;
    private final int scale;

    NumberBuffer(Type type, byte delimiter) {
        super(type, delimiter);
        id = type.typeId();
        width = switch (id) {
            case INTEGER, FLOAT, DATE -> Integer.BYTES;
            default -> Long.BYTES;
        };
        wholeDigitsMax = switch (id) {
            case INTEGER -> Values.INTEGER_DIGITS_MAX;
            case LONG -> Values.DIGITS_MAX;
            default -> 0;
        };
        zoned = type instanceof Types.TimestampType timestamp && timestamp.shouldAdjustToUTC();
        precision = type instanceof Types.DecimalType decimal ? decimal.precision() : 0;
        scale = type instanceof Types.DecimalType decimal ? decimal.scale() : 0;
    }

    @Override
    int plain(byte[] bytes, int at, int end) {
        if (wholeDigitsMax == 0) {
            return super.plain(bytes, at, end);
        }
        boolean negative = bytes[at] == '-';
        int first = negative ? at + 1 : at;
        int i = first;
        long value = 0;
        while (i < end) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                break;
            }
            value = value * 10 + digit;
            i++;
        }
        int digits = i - first;
        if (digits == 0 || digits > wholeDigitsMax || (bytes[first] == '0' && (digits > 1 || negative))) {
            return -1;
        }
        add(negative ? -value : value);
        return i;
    }

    @Override
    boolean append(byte[] bytes, int from, int to) {
        long value = switch (id) {
            case FLOAT, DOUBLE -> Values.floating(bytes, from, to);
            case DATE -> Values.date(bytes, from, to);
            case TIME -> Values.time(bytes, from, to);
            case TIMESTAMP -> zoned ? Values.timestampWithZone(bytes, from, to) : Values.timestamp(bytes, from, to);
            case DECIMAL -> Values.decimal(bytes, from, to, precision, scale);
            default -> Values.whole(bytes, from, to, wholeDigitsMax);
        };
        if (value == Values.NONE) {
            return false;
        }
        add(id == Type.TypeID.FLOAT ? Float.floatToRawIntBits((float) Double.longBitsToDouble(value)) : value);
        return true;
    }

    private void add(long value) {
        reserve(length, Long.BYTES);
        if (width == Long.BYTES) {
            LONGS.set(data, length, value);
        } else {
            INTS.set(data, length, (int) value);
        }
        lengthBefore = length;
        length += width;
        count++;
    }
}
