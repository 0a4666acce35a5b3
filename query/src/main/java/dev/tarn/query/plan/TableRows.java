package dev.tarn.query.plan;

import io.airlift.slice.Slices;
import io.trino.spi.Page;
import io.trino.spi.PageBuilder;
import io.trino.spi.block.ArrayBlockBuilder;
import io.trino.spi.block.BlockBuilder;
import io.trino.spi.block.MapBlockBuilder;
import io.trino.spi.block.RowBlockBuilder;
import io.trino.spi.connector.ColumnMetadata;
import io.trino.spi.connector.ConnectorPageSource;
import io.trino.spi.connector.ConnectorSession;
import io.trino.spi.connector.ConnectorTableMetadata;
import io.trino.spi.connector.ConnectorTransactionHandle;
import io.trino.spi.connector.FixedPageSource;
import io.trino.spi.connector.SchemaTableName;
import io.trino.spi.connector.SystemTable;
import io.trino.spi.predicate.TupleDomain;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.DateTimeEncoding;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.Decimals;
import io.trino.spi.type.LongTimestamp;
import io.trino.spi.type.LongTimestampWithTimeZone;
import io.trino.spi.type.MapType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.TimeZoneKey;
import io.trino.spi.type.TimestampWithTimeZoneType;
import io.trino.spi.type.Type;
import io.trino.spi.type.TypeUtils;
import io.trino.spi.type.UuidType;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// A table that is computed from metadata when it is read.
///
/// Its rows hold, by Trino type: Boolean, Integer, Long, Double, String, ByteBuffer; epoch milliseconds (Long) for
/// timestamps with time zone of precision 3; List for arrays and rows; Map for maps; or what [#ofIceberg] gives.
record TableRows(ConnectorTableMetadata metadata, Supplier<List<List<@Nullable Object>>> rows) implements SystemTable {
    private static final int PICOS_PER_MICRO = 1_000_000;

    static TableRows of(
            SchemaTableName name, List<ColumnMetadata> columns, Supplier<List<List<@Nullable Object>>> rows) {
        return new TableRows(new ConnectorTableMetadata(name, columns), rows);
    }

    /// One row, whose values may be null.
    static List<@Nullable Object> row(@Nullable Object... values) {
        List<@Nullable Object> row = new ArrayList<>(values.length);
        for (Object value : values) {
            row.add(value);
        }
        return row;
    }

    @Override
    public Distribution getDistribution() {
        return Distribution.SINGLE_COORDINATOR;
    }

    @Override
    public ConnectorTableMetadata getTableMetadata() {
        return metadata;
    }

    @Override
    public ConnectorPageSource pageSource(
            ConnectorTransactionHandle transaction, ConnectorSession session, TupleDomain<Integer> constraint) {
        List<Type> types =
                metadata.getColumns().stream().map(ColumnMetadata::getType).toList();
        List<Page> pages = new ArrayList<>();
        PageBuilder builder = new PageBuilder(types);
        for (List<@Nullable Object> row : rows.get()) {
            builder.declarePosition();
            for (int i = 0; i < types.size(); i++) {
                write(types.get(i), builder.getBlockBuilder(i), row.get(i));
            }
            if (builder.isFull()) {
                pages.add(builder.build());
                builder.reset();
            }
        }
        pages.add(builder.build());
        return new FixedPageSource(pages);
    }

    private static void write(Type type, BlockBuilder block, @Nullable Object value) {
        if (value == null) {
            block.appendNull();
            return;
        }
        switch (type) {
            case ArrayType array ->
                ((ArrayBlockBuilder) block)
                        .buildEntry(
                                items -> ((List<?>) value).forEach(item -> write(array.getElementType(), items, item)));
            case MapType map ->
                ((MapBlockBuilder) block)
                        .buildEntry((keys, values) -> ((Map<?, ?>) value).forEach((key, item) -> {
                            write(map.getKeyType(), keys, key);
                            write(map.getValueType(), values, item);
                        }));
            case RowType row ->
                ((RowBlockBuilder) block).buildEntry(fields -> {
                    for (int i = 0; i < fields.size(); i++) {
                        write(row.getFields().get(i).getType(), fields.get(i), ((List<?>) value).get(i));
                    }
                });
            default -> TypeUtils.writeNativeValue(type, block, plain(type, value));
        }
    }

    private static Object plain(Type type, Object value) {
        return switch (value) {
            case Integer number -> number.longValue();
            case Long millis
            when type.equals(TimestampWithTimeZoneType.TIMESTAMP_TZ_MILLIS) ->
                DateTimeEncoding.packDateTimeWithZone(millis, TimeZoneKey.UTC_KEY);
            case String text -> Slices.utf8Slice(text);
            case ByteBuffer bytes -> Slices.wrappedHeapBuffer(bytes.duplicate());
            default -> value;
        };
    }

    /// A value of Iceberg's as Trino holds it.
    static @Nullable Object ofIceberg(org.apache.iceberg.types.Type type, @Nullable Object value) {
        if (value == null) {
            return null;
        }
        return switch (type.typeId()) {
            case BOOLEAN, LONG, DOUBLE -> value;
            case INTEGER, DATE -> ((Integer) value).longValue();
            case FLOAT -> (long) Float.floatToIntBits((Float) value);
            case STRING -> Slices.utf8Slice(value.toString());
            case UUID -> UuidType.javaUuidToTrinoUuid((UUID) value);
            case FIXED, BINARY ->
                value instanceof byte[] bytes
                        ? Slices.wrappedBuffer(bytes)
                        : Slices.wrappedHeapBuffer(((ByteBuffer) value).duplicate());
            case DECIMAL -> {
                DecimalType decimal = (DecimalType) LakeTypes.toTrino(type);
                BigDecimal number = (BigDecimal) value;
                yield decimal.isShort()
                        ? (Object) Decimals.encodeShortScaledValue(number, decimal.getScale())
                        : Decimals.encodeScaledValue(number, decimal.getScale());
            }
            case TIME -> Math.multiplyExact((Long) value, PICOS_PER_MICRO);
            case TIMESTAMP -> {
                long micros = (Long) value;
                yield ((Types.TimestampType) type).shouldAdjustToUTC() ? instant(micros, 0) : (Object) micros;
            }
            case TIMESTAMP_NANO -> {
                long micros = Math.floorDiv((Long) value, 1_000);
                int picos = (int) Math.floorMod((Long) value, 1_000L) * 1_000;
                yield ((Types.TimestampNanoType) type).shouldAdjustToUTC()
                        ? instant(micros, picos)
                        : new LongTimestamp(micros, picos);
            }
            case STRUCT, LIST, MAP, GEOMETRY, GEOGRAPHY, VARIANT, UNKNOWN ->
                throw new IllegalArgumentException("no single value of type " + type);
        };
    }

    private static LongTimestampWithTimeZone instant(long micros, int picosOfMicro) {
        return LongTimestampWithTimeZone.fromEpochMillisAndFraction(
                Math.floorDiv(micros, 1_000),
                (int) Math.floorMod(micros, 1_000L) * PICOS_PER_MICRO + picosOfMicro,
                TimeZoneKey.UTC_KEY);
    }
}
