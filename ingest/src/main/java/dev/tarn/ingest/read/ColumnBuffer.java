package dev.tarn.ingest.read;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/// The values of one column, laid out as Parquet's PLAIN encoding has them. A field becomes a value only if
/// the value says all that its text said; [Values] has the rules.
///
/// There are two ways in. [#plain] reads a field at its place in a record, in one pass over its bytes, and
/// gives up on whatever is not plainly a value; [#append] takes a field that was cut out and judges it.
public abstract sealed class ColumnBuffer permits TextBuffer, NumberBuffer, WideBuffer, BooleanBuffer, GuessBuffer {
    static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int INITIAL_BYTES = 1 << 12;

    private final Type type;
    private final byte delimiter;
    byte[] data = new byte[INITIAL_BYTES];
    /// How many bytes of `data` are used.
    int length;
    /// How many values there are, nulls included.
    int count;
    /// What `length` was before the last value.
    int lengthBefore;
    /// Which values are null, ascending.
    private int[] nullRows = new int[16];

    private int nulls;

    ColumnBuffer(Type type, byte delimiter) {
        this.type = type;
        this.delimiter = delimiter;
    }

    /// A buffer for a type that text is read as.
    static ColumnBuffer of(Type type, byte delimiter, byte quote) {
        return switch (type.typeId()) {
            case STRING -> new TextBuffer(delimiter, quote);
            case INTEGER, LONG, FLOAT, DOUBLE, DATE, TIME, TIMESTAMP -> new NumberBuffer(type, delimiter);
            case DECIMAL ->
                ((Types.DecimalType) type).precision() <= Values.DIGITS_MAX
                        ? new NumberBuffer(type, delimiter)
                        : new WideBuffer(type, delimiter);
            case UUID -> new WideBuffer(type, delimiter);
            case BOOLEAN -> new BooleanBuffer(delimiter);
            default -> throw new IllegalArgumentException("no column of text is read as " + type);
        };
    }

    /// Reads the field that starts at `at` and is not empty.
    ///
    /// @param end behind the last byte that may be looked at
    /// @return where reading stopped: if that is not the field's end, the value must be undone and the field
    ///     read otherwise; or -1 when nothing was added
    int plain(byte[] bytes, int at, int end) {
        int i = at;
        while (i < end && bytes[i] >= ' ' && bytes[i] != delimiter) {
            i++;
        }
        return append(bytes, at, i) ? i : -1;
    }

    /// Adds the value of a whole field.
    ///
    /// @return whether it is one; nothing is added otherwise
    abstract boolean append(byte[] bytes, int from, int to);

    final void appendNull() {
        if (nulls == nullRows.length) {
            nullRows = Arrays.copyOf(nullRows, nulls * 2);
        }
        nullRows[nulls++] = count++;
    }

    /// Takes the last value out.
    final void undo() {
        count--;
        if (nulls > 0 && nullRows[nulls - 1] == count) {
            nulls--;
        } else {
            length = lengthBefore;
        }
    }

    final void clear() {
        length = 0;
        count = 0;
        nulls = 0;
    }

    final Type type() {
        return type;
    }

    final boolean hasNulls() {
        return nulls > 0;
    }

    /// One bit for each value from the lowest on, set where there is one.
    final byte[] validity() {
        byte[] bits = new byte[(count + 7) / 8];
        Arrays.fill(bits, (byte) -1);
        for (int i = 0; i < nulls; i++) {
            bits[nullRows[i] >> 3] &= (byte) ~(1 << (nullRows[i] & 7));
        }
        return bits;
    }

    /// Makes room for bytes behind `at`.
    final void reserve(int at, int more) {
        if (at + more > data.length) {
            data = Arrays.copyOf(data, Math.max(at + more, data.length * 2));
        }
    }

    /// The type's name in SQL.
    final String typeName() {
        return switch (type.typeId()) {
            case STRING -> "varchar";
            case INTEGER -> "integer";
            case LONG -> "bigint";
            case FLOAT -> "real";
            case TIMESTAMP ->
                ((Types.TimestampType) type).shouldAdjustToUTC() ? "timestamp with time zone" : "timestamp";
            default -> type.toString();
        };
    }
}
