package dev.tarn.query.flight;

import dev.tarn.query.ResultColumn;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.BigintType;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.CharType;
import io.trino.spi.type.DateType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.DoubleType;
import io.trino.spi.type.IntegerType;
import io.trino.spi.type.MapType;
import io.trino.spi.type.RealType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.SmallintType;
import io.trino.spi.type.TimeType;
import io.trino.spi.type.TimeZoneKey;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.TimestampWithTimeZoneType;
import io.trino.spi.type.TinyintType;
import io.trino.spi.type.Type;
import io.trino.spi.type.UuidType;
import io.trino.spi.type.VarbinaryType;
import io.trino.spi.type.VarcharType;
import io.trino.type.JsonType;
import io.trino.type.UnknownType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// What Trino's types are in Arrow.
///
/// | Trino | Arrow |
/// |---|---|
/// | boolean, tinyint to bigint, real, double, date, varbinary | the same |
/// | decimal(p, s) | Decimal128(p, s) |
/// | varchar, char (padded), json, uuid | Utf8 |
/// | time(p ≤ 6), timestamp(p ≤ 6), timestamp(7..9) | Time64, Timestamp in microseconds; Timestamp in nanoseconds |
/// | timestamp(p ≤ 6) with time zone | Timestamp in microseconds with the column's zone |
/// | array, map, row | List, Map, Struct |
/// | all others, and nested types that hold one | Utf8: what Trino's client protocol writes |
final class ArrowTypes {
    private ArrowTypes() {}

    static Schema schema(List<ResultColumn> columns) {
        return new Schema(columns.stream().map(ArrowTypes::field).toList());
    }

    static Field field(ResultColumn column) {
        return field(column.name(), column.type(), column.zone());
    }

    static Field field(String name, Type type, TimeZoneKey zone) {
        return isTyped(type, false) ? typed(name, type, zone, true) : utf8(name);
    }

    /// Whether values are more than text; `char` is padded, which is done at the top only.
    static boolean isTyped(Type type, boolean nested) {
        return switch (type) {
            case CharType ignored -> !nested;
            case ArrayType array -> isTyped(array.getElementType(), true);
            case MapType map -> isTyped(map.getKeyType(), true) && isTyped(map.getValueType(), true);
            case RowType row -> row.getFields().stream().allMatch(field -> isTyped(field.getType(), true));
            default -> leaf(type, TimeZoneKey.UTC_KEY) != null;
        };
    }

    private static Field typed(String name, Type type, TimeZoneKey zone, boolean nullable) {
        return switch (type) {
            case ArrayType array ->
                new Field(
                        name,
                        new FieldType(nullable, ArrowType.List.INSTANCE, null),
                        List.of(typed("item", array.getElementType(), zone, true)));
            case MapType map ->
                new Field(
                        name,
                        new FieldType(nullable, new ArrowType.Map(false), null),
                        List.of(new Field(
                                "entries",
                                new FieldType(false, ArrowType.Struct.INSTANCE, null),
                                List.of(
                                        typed("key", map.getKeyType(), zone, false),
                                        typed("value", map.getValueType(), zone, true)))));
            case RowType row ->
                new Field(
                        name,
                        new FieldType(nullable, ArrowType.Struct.INSTANCE, null),
                        IntStream.range(0, row.getFields().size())
                                .mapToObj(i -> typed(
                                        row.getFields().get(i).getName().orElse("field" + i),
                                        row.getFields().get(i).getType(),
                                        zone,
                                        true))
                                .toList());
            default -> new Field(name, new FieldType(nullable, leaf(type, zone), null), new ArrayList<>());
        };
    }

    private static @Nullable ArrowType leaf(Type type, TimeZoneKey zone) {
        return switch (type) {
            case BooleanType ignored -> ArrowType.Bool.INSTANCE;
            case TinyintType ignored -> new ArrowType.Int(8, true);
            case SmallintType ignored -> new ArrowType.Int(16, true);
            case IntegerType ignored -> new ArrowType.Int(32, true);
            case UnknownType ignored -> new ArrowType.Int(32, true);
            case BigintType ignored -> new ArrowType.Int(64, true);
            case RealType ignored -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
            case DoubleType ignored -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
            case DecimalType decimal -> new ArrowType.Decimal(decimal.getPrecision(), decimal.getScale(), 128);
            case VarcharType ignored -> ArrowType.Utf8.INSTANCE;
            case CharType ignored -> ArrowType.Utf8.INSTANCE;
            case JsonType ignored -> ArrowType.Utf8.INSTANCE;
            case UuidType ignored -> ArrowType.Utf8.INSTANCE;
            case VarbinaryType ignored -> ArrowType.Binary.INSTANCE;
            case DateType ignored -> new ArrowType.Date(DateUnit.DAY);
            case TimeType time when time.getPrecision() <= 6 -> new ArrowType.Time(TimeUnit.MICROSECOND, 64);
            case TimestampType timestamp
            when timestamp.getPrecision() <= 6 -> new ArrowType.Timestamp(TimeUnit.MICROSECOND, null);
            case TimestampType timestamp
            when timestamp.getPrecision() <= 9 -> new ArrowType.Timestamp(TimeUnit.NANOSECOND, null);
            case TimestampWithTimeZoneType timestamp
            when timestamp.getPrecision() <= 6 -> new ArrowType.Timestamp(TimeUnit.MICROSECOND, zone.getId());
            default -> null;
        };
    }

    private static Field utf8(String name) {
        return new Field(name, FieldType.nullable(ArrowType.Utf8.INSTANCE), null);
    }
}
