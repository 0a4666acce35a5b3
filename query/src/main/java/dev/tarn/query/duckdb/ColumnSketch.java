package dev.tarn.query.duckdb;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.datasketches.common.Family;
import org.apache.datasketches.theta.CompactThetaSketch;
import org.apache.datasketches.theta.ThetaSetOperation;
import org.apache.datasketches.theta.ThetaUnion;
import org.apache.datasketches.theta.UpdatableThetaSketch;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/// The theta sketch of a column's values, as [Iceberg's Puffin format](https://iceberg.apache.org/puffin-spec/) has
/// it: each value goes in by the bytes of Iceberg's single-value form, so that Trino and Spark, which do the same, can
/// merge it with theirs. It takes no more memory than its few thousand hashes, however many values there are.
public final class ColumnSketch {
    private final UpdatableThetaSketch sketch =
            UpdatableThetaSketch.builder().setFamily(Family.ALPHA).build();
    private byte[] bytes = new byte[64];

    /// A column as DuckDB hands it out for a sketch: its Arrow vector's buffers are the values' bytes, but for
    /// decimals.
    public static String sql(Types.NestedField column) {
        String name = SqlText.identifier(column.name());
        return switch (column.type().typeId()) {
            case BOOLEAN -> "CAST(" + name + " AS TINYINT)";
            case UUID -> "unhex(replace(CAST(" + name + " AS VARCHAR), '-', ''))";
            case TIMESTAMP_NANO -> "epoch_ns(" + name + ")";
            case INTEGER, LONG, FLOAT, DOUBLE, DATE, TIME, TIMESTAMP, STRING, FIXED, BINARY, DECIMAL -> name;
            case STRUCT, LIST, MAP, GEOMETRY, GEOGRAPHY, VARIANT, UNKNOWN -> throw noSketch(column.type());
        };
    }

    private static IllegalArgumentException noSketch(Type type) {
        return new IllegalArgumentException("values of type " + type + " are not counted");
    }

    /// Adds a batch of values; nulls do not count.
    public void add(FieldVector values) {
        switch (values) {
            case DecimalVector decimals -> addDecimals(decimals);
            case BaseFixedWidthVector fixed -> {
                int width = fixed.getTypeWidth();
                for (int i = 0; i < fixed.getValueCount(); i++) {
                    if (!fixed.isNull(i)) {
                        add(fixed.getDataBuffer(), (long) i * width, width);
                    }
                }
            }
            case BaseVariableWidthVector variable -> {
                for (int i = 0; i < variable.getValueCount(); i++) {
                    if (!variable.isNull(i)) {
                        add(variable.getDataBuffer(), variable.getStartOffset(i), variable.getValueLength(i));
                    }
                }
            }
            default ->
                throw new IllegalArgumentException(
                        "no bytes of values in " + values.getClass().getSimpleName());
        }
    }

    private void addDecimals(DecimalVector decimals) {
        for (int i = 0; i < decimals.getValueCount(); i++) {
            BigDecimal value = decimals.getObject(i);
            if (value != null) {
                sketch.update(value.unscaledValue().toByteArray());
            }
        }
    }

    private void add(ArrowBuf data, long start, int length) {
        if (length > bytes.length) {
            bytes = new byte[2 * length];
        }
        data.getBytes(start, bytes, 0, length);
        sketch.update(ByteBuffer.wrap(bytes, 0, length));
    }

    /// What was added so far, in the form that is stored: as of an engine that merges its threads' sketches.
    public CompactThetaSketch compact() {
        ThetaUnion union = ThetaSetOperation.builder().buildUnion();
        union.union(sketch.compact());
        return union.getResult();
    }
}
