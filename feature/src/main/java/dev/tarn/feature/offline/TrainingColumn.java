package dev.tarn.feature.offline;

import dev.tarn.core.feature.FeatureInfo;
import dev.tarn.feature.window.Finish;
import dev.tarn.feature.window.Out;
import java.math.BigDecimal;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The values of one feature, by the labels' rows.
final class TrainingColumn {
    /// How values are held.
    enum Kind {
        LONG,
        DOUBLE,
        OBJECT
    }

    private final FeatureInfo feature;
    private final Kind kind;
    private final long[] bits;
    private final @Nullable Object[] objects;
    private final boolean[] nulls;

    TrainingColumn(FeatureInfo feature, int rows) {
        this.feature = feature;
        this.kind = kind(feature.type());
        this.bits = new long[kind == Kind.OBJECT ? 0 : rows];
        this.objects = new Object[kind == Kind.OBJECT ? rows : 0];
        this.nulls = new boolean[rows];
        Arrays.fill(nulls, true);
    }

    FeatureInfo feature() {
        return feature;
    }

    Kind kind() {
        return kind;
    }

    boolean isNull(int row) {
        return nulls[row];
    }

    long bits(int row) {
        return bits[row];
    }

    @Nullable
    Object object(int row) {
        return objects[row];
    }

    /// As the value that serving gives.
    @Nullable
    Object boxed(int row) {
        if (nulls[row]) {
            return null;
        }
        return kind == Kind.OBJECT ? objects[row] : Finish.boxed(feature.type(), bits[row]);
    }

    /// As a double, NaN for null.
    double number(int row) {
        if (nulls[row]) {
            return Double.NaN;
        }
        return switch (kind) {
            case DOUBLE -> Double.longBitsToDouble(bits[row]);
            case LONG ->
                feature.type().startsWith("decimal")
                        ? BigDecimal.valueOf(bits[row], Finish.scale(feature.type()))
                                .doubleValue()
                        : (double) bits[row];
            case OBJECT -> objects[row] instanceof BigDecimal decimal ? decimal.doubleValue() : Double.NaN;
        };
    }

    /// The value as DuckDB reads it, given the function that takes it.
    String sql(String call) {
        String type = feature.type();
        if (type.startsWith("decimal(38,")) {
            return "CAST(" + call + " AS " + type + ")";
        } else if (type.startsWith("decimal")) {
            return "CAST(CAST(" + call + " AS DECIMAL(38,0)) / 1" + "0".repeat(Finish.scale(type)) + " AS " + type
                    + ")";
        } else if (type.startsWith("timestamp")) {
            return "make_timestamp(" + call + ")";
        }
        return switch (type) {
            case "boolean" -> "CAST(" + call + " AS BOOLEAN)";
            case "date" -> "DATE '1970-01-01' + CAST(" + call + " AS INTEGER)";
            case "integer", "smallint", "tinyint" -> "CAST(" + call + " AS " + type + ")";
            case "real" -> "CAST(" + call + " AS REAL)";
            default -> call;
        };
    }

    /// Takes the values of the labels, in the order of a fold.
    ///
    /// @param rows for each label of the fold, its row
    LabelFold.Target target(int[] rows) {
        return new LabelFold.Target() {
            private int row;

            @Override
            public void at(int label) {
                row = rows[label];
            }

            @Override
            public void ofNull() {
                nulls[row] = true;
            }

            @Override
            public void ofLong(long value) {
                nulls[row] = false;
                bits[row] = value;
            }

            @Override
            public void ofDouble(double value) {
                nulls[row] = false;
                bits[row] = Double.doubleToRawLongBits(value);
            }

            @Override
            public void ofObject(Object value) {
                nulls[row] = false;
                objects[row] = value;
            }
        };
    }

    /// The same as [#target], as a plain sink for one row.
    Out sink(int row) {
        LabelFold.Target target = target(new int[] {row});
        target.at(0);
        return target;
    }

    private static Kind kind(String type) {
        if (type.equals("double") || type.equals("real")) {
            return Kind.DOUBLE;
        }
        return type.startsWith("varchar") || type.startsWith("decimal(38,") ? Kind.OBJECT : Kind.LONG;
    }
}
