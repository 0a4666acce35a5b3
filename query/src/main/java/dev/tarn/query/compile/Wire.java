package dev.tarn.query.compile;

import io.airlift.slice.Slices;
import io.trino.spi.TrinoException;
import io.trino.spi.block.Block;
import io.trino.spi.block.BlockBuilder;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.CharType;
import io.trino.spi.type.DateTimeEncoding;
import io.trino.spi.type.DateType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.Decimals;
import io.trino.spi.type.DoubleType;
import io.trino.spi.type.Int128;
import io.trino.spi.type.LongTimestamp;
import io.trino.spi.type.LongTimestampWithTimeZone;
import io.trino.spi.type.MapType;
import io.trino.spi.type.RealType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.TimeType;
import io.trino.spi.type.TimeWithTimeZoneType;
import io.trino.spi.type.TimeZoneKey;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.TimestampWithTimeZoneType;
import io.trino.spi.type.Type;
import io.trino.spi.type.UuidType;
import io.trino.spi.type.VarcharType;
import io.trino.type.ColorType;
import io.trino.type.IntervalDayTimeType;
import io.trino.type.IntervalYearMonthType;
import io.trino.type.JsonType;
import io.trino.type.UnknownType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/// How values of a Trino type travel between DuckDB's vectors and Trino's blocks. The driver's vectors carry numbers
/// and text only, so moments travel as BIGINT, bytes as hexadecimal text, and arrays, maps and rows as JSON whose
/// leaves travel as they would by themselves ([JsonWire]).
///
/// @param carrier what DuckDB passes
/// @param toWire SQL that brings a value of the type's own DuckDB type to the carrier, `$1` being the value
/// @param fromWire the way back
/// @param read from a carrier into a block
/// @param write from a block into a carrier
record Wire(Carrier carrier, Template toWire, Template fromWire, Read read, Write write) {
    interface Read {
        void value(Carrier.Source source, BlockBuilder block);
    }

    interface Write {
        void value(Block block, int position, Carrier.Sink sink);
    }

    private static final Template SAME = new Template("$1");

    /// Empty for types that do not travel.
    ///
    /// @param zone the zone of every value with a time zone
    static Optional<Wire> of(Type type, TimeZoneKey zone) {
        return Optional.ofNullable(
                switch (type) {
                    case BooleanType t ->
                        plain(
                                Carrier.BOOLEAN,
                                (source, block) -> t.writeBoolean(block, source.bool()),
                                (block, at, sink) -> sink.bool(t.getBoolean(block, at)));
                    case DoubleType t ->
                        plain(
                                Carrier.DOUBLE,
                                (source, block) -> t.writeDouble(block, source.floating()),
                                (block, at, sink) -> sink.floating(t.getDouble(block, at)));
                    case RealType t ->
                        plain(
                                Carrier.REAL,
                                (source, block) -> t.writeFloat(block, source.real()),
                                (block, at, sink) -> sink.real(t.getFloat(block, at)));
                    case UnknownType t ->
                        new Wire(
                                Carrier.LONG,
                                new Template("CAST($1 AS BIGINT)"),
                                new Template("CAST($1 AS INTEGER)"),
                                (source, block) -> block.appendNull(),
                                (block, at, sink) -> {});
                    case VarcharType t -> text(t);
                    case CharType t -> text(t);
                    case JsonType t -> text(t);
                    case UuidType t -> uuid(t);
                    case DecimalType t -> decimal(t);
                    case DateType t ->
                        longs(t, "CAST($1 - DATE '1970-01-01' AS BIGINT)", "DATE '1970-01-01' + CAST($1 AS INTEGER)");
                    case TimestampType t
                    when t.getPrecision() <= 6 -> longs(t, "epoch_us($1)", "make_timestamp(CAST($1 AS BIGINT))");
                    case TimestampType t -> timestamp(t);
                    case TimeType t
                    when t.getPrecision() <= 6 ->
                        // Trino counts picoseconds.
                        longs(
                                t,
                                "(epoch_us(CAST($1 AS TIME)) * 1000000)",
                                "CAST(make_timestamp($1 // 1000000) AS TIME)");
                    case TimestampWithTimeZoneType t when t.getPrecision() <= 6 -> instant(t, zone);
                    case TimestampWithTimeZoneType t when t.getPrecision() <= 9 -> nanos(t, zone);
                    case ArrayType ignored -> JsonWire.of(type, zone);
                    case MapType ignored -> JsonWire.of(type, zone);
                    case RowType ignored -> JsonWire.of(type, zone);
                    default -> {
                        if (DuckType.isBytes(type)) {
                            yield bytes(type);
                        }
                        yield DuckType.isInteger(type)
                                        || type instanceof TimeType
                                        || type instanceof TimeWithTimeZoneType
                                        || type instanceof ColorType
                                        || type instanceof IntervalDayTimeType
                                        || type instanceof IntervalYearMonthType
                                ? longs(type, "CAST($1 AS BIGINT)", "CAST($1 AS " + DuckType.of(type) + ")")
                                : null;
                    }
                });
    }

    private static Wire plain(Carrier carrier, Read read, Write write) {
        return new Wire(carrier, SAME, SAME, read, write);
    }

    private static Wire longs(Type type, String toWire, String fromWire) {
        return new Wire(
                Carrier.LONG,
                new Template(toWire),
                new Template(fromWire),
                (source, block) -> type.writeLong(block, source.integer()),
                (block, at, sink) -> sink.integer(type.getLong(block, at)));
    }

    private static Wire text(Type type) {
        return plain(
                Carrier.TEXT,
                (source, block) -> type.writeSlice(block, Slices.utf8Slice(source.text())),
                (block, at, sink) -> sink.text(type.getSlice(block, at).toStringUtf8()));
    }

    /// Bytes as they lie in a block, which for digests and numbers are not what Trino's stack holds.
    private static Wire bytes(Type type) {
        return new Wire(
                Carrier.TEXT,
                new Template("hex($1)"),
                new Template("from_hex($1)"),
                (source, block) ->
                        DuckType.writeBytes(type, block, HexFormat.of().parseHex(source.text())),
                (block, at, sink) -> sink.text(HexFormat.of().formatHex(DuckType.readBytes(type, block, at))));
    }

    private static Wire uuid(UuidType type) {
        return new Wire(
                Carrier.TEXT,
                new Template("CAST($1 AS VARCHAR)"),
                new Template("CAST($1 AS UUID)"),
                (source, block) -> type.writeSlice(block, UuidType.javaUuidToTrinoUuid(UUID.fromString(source.text()))),
                (block, at, sink) -> sink.text(
                        UuidType.trinoUuidToJavaUuid(type.getSlice(block, at)).toString()));
    }

    private static Wire decimal(DecimalType type) {
        return new Wire(
                Carrier.TEXT,
                new Template("CAST($1 AS VARCHAR)"),
                new Template("CAST($1 AS " + DuckType.of(type) + ")"),
                (source, block) -> {
                    BigDecimal value = new BigDecimal(source.text()).setScale(type.getScale());
                    if (type.isShort()) {
                        type.writeLong(block, value.unscaledValue().longValueExact());
                    } else {
                        type.writeObject(block, Int128.valueOf(value.unscaledValue()));
                    }
                },
                (block, at, sink) -> sink.text(
                        type.isShort()
                                ? Decimals.toString(type.getLong(block, at), type.getScale())
                                : Decimals.toString((Int128) type.getObject(block, at), type.getScale())));
    }

    /// Finer than microseconds: as a count of nanoseconds up to nine digits, of picoseconds above.
    private static Wire timestamp(TimestampType type) {
        boolean nanos = type.getPrecision() <= 9;
        BigInteger perMicro = BigInteger.valueOf(nanos ? 1_000 : 1_000_000);
        int picosPerUnit = nanos ? 1_000 : 1;
        return new Wire(
                Carrier.TEXT,
                new Template(nanos ? "CAST(epoch_ns($1) AS VARCHAR)" : "CAST($1 AS VARCHAR)"),
                new Template(nanos ? "make_timestamp_ns(CAST($1 AS BIGINT))" : "CAST($1 AS HUGEINT)"),
                (source, block) -> {
                    BigInteger count = new BigInteger(source.text());
                    BigInteger rest = count.mod(perMicro);
                    type.writeObject(
                            block,
                            new LongTimestamp(
                                    count.subtract(rest).divide(perMicro).longValueExact(),
                                    rest.intValueExact() * picosPerUnit));
                },
                (block, at, sink) -> {
                    LongTimestamp value = (LongTimestamp) type.getObject(block, at);
                    sink.text(BigInteger.valueOf(value.getEpochMicros())
                            .multiply(perMicro)
                            .add(BigInteger.valueOf(value.getPicosOfMicro() / picosPerUnit))
                            .toString());
                });
    }

    private static Wire instant(TimestampWithTimeZoneType type, TimeZoneKey zone) {
        return new Wire(
                Carrier.LONG,
                new Template("epoch_us($1)"),
                new Template("make_timestamptz(CAST($1 AS BIGINT))"),
                (source, block) -> {
                    long micros = source.integer();
                    long millis = Math.floorDiv(micros, 1_000);
                    if (type.isShort()) {
                        type.writeLong(block, DateTimeEncoding.packDateTimeWithZone(millis, zone));
                    } else {
                        type.writeObject(
                                block,
                                LongTimestampWithTimeZone.fromEpochMillisAndFraction(
                                        millis, Math.floorMod(micros, 1_000) * 1_000_000, zone));
                    }
                },
                (block, at, sink) -> sink.integer(micros(type, block, at, zone)));
    }

    private static Wire nanos(TimestampWithTimeZoneType type, TimeZoneKey zone) {
        return new Wire(
                Carrier.LONG,
                new Template("epoch_ns($1)"),
                new Template("CAST(make_timestamp_ns(CAST($1 AS BIGINT)) AS TIMESTAMPTZ_NS)"),
                (source, block) -> {
                    long nanos = source.integer();
                    type.writeObject(
                            block,
                            LongTimestampWithTimeZone.fromEpochMillisAndFraction(
                                    Math.floorDiv(nanos, 1_000_000), Math.floorMod(nanos, 1_000_000) * 1_000, zone));
                },
                (block, at, sink) -> {
                    LongTimestampWithTimeZone value = (LongTimestampWithTimeZone) type.getObject(block, at);
                    require(zone, TimeZoneKey.getTimeZoneKey(value.getTimeZoneKey()));
                    sink.integer(Math.addExact(
                            Math.multiplyExact(value.getEpochMillis(), 1_000_000), value.getPicosOfMilli() / 1_000));
                });
    }

    private static long micros(TimestampWithTimeZoneType type, Block block, int position, TimeZoneKey zone) {
        if (type.isShort()) {
            long packed = type.getLong(block, position);
            require(zone, DateTimeEncoding.unpackZoneKey(packed));
            return DateTimeEncoding.unpackMillisUtc(packed) * 1_000;
        }
        LongTimestampWithTimeZone value = (LongTimestampWithTimeZone) type.getObject(block, position);
        require(zone, TimeZoneKey.getTimeZoneKey(value.getTimeZoneKey()));
        return value.getEpochMillis() * 1_000 + value.getPicosOfMilli() / 1_000_000;
    }

    /// DuckDB holds the moment without a zone, which is why one column has one.
    private static void require(TimeZoneKey expected, TimeZoneKey actual) throws TrinoException {
        if (!actual.equals(expected)) {
            throw Refused.because(
                    "A timestamp with the time zone " + actual.getId() + " among those of " + expected.getId());
        }
    }
}
