package dev.tarn.query.compile;

import io.airlift.slice.Slices;
import io.trino.spi.type.BigintType;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.CharType;
import io.trino.spi.type.DateType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.DoubleType;
import io.trino.spi.type.Int128;
import io.trino.spi.type.IntegerType;
import io.trino.spi.type.RealType;
import io.trino.spi.type.SmallintType;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.TinyintType;
import io.trino.spi.type.Type;
import io.trino.spi.type.VarcharType;
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Values of each type that functions are apt to trip over, as Trino's stack holds them; null among them.
final class Corpus {
    private static final List<String> TEXTS = List.of(
            "",
            "a",
            "abc",
            "ABC xyz",
            "Straße",
            "é",
            "e\u0301",
            "𝒳é",
            "日本語",
            "x\0y",
            " pad ",
            "a%b_c\\d",
            "line\nbreak",
            "'quoted'",
            "aaa",
            "ǅ",
            "İi",
            "\uFEFF");

    private static final List<LocalDate> DATES = Stream.of(
                    "0001-01-01",
                    "1582-10-15",
                    "1900-02-28",
                    "1969-12-31",
                    "1970-01-01",
                    "2000-02-29",
                    "2019-12-30",
                    "2020-03-29",
                    "2021-01-03",
                    "2024-01-31",
                    "2024-12-31",
                    "9999-12-31")
            .map(LocalDate::parse)
            .toList();

    private Corpus() {}

    static List<@Nullable Object> of(Type type) {
        List<@Nullable Object> values = new ArrayList<>(some(type));
        values.add(null);
        return values;
    }

    private static List<Object> some(Type type) {
        return switch (type) {
            case BooleanType ignored -> List.of(true, false);
            case TinyintType ignored -> numbers(Byte.MIN_VALUE, Byte.MAX_VALUE);
            case SmallintType ignored -> numbers(Short.MIN_VALUE, Short.MAX_VALUE);
            case IntegerType ignored -> numbers(Integer.MIN_VALUE, Integer.MAX_VALUE);
            case BigintType ignored -> numbers(Long.MIN_VALUE, Long.MAX_VALUE);
            case DoubleType ignored ->
                List.of(
                        Double.NaN,
                        Double.POSITIVE_INFINITY,
                        Double.NEGATIVE_INFINITY,
                        0.0,
                        -0.0,
                        0.5,
                        -0.4,
                        -0.5,
                        1.5,
                        2.5,
                        -2.5,
                        0.49999999999999994,
                        0x1.0000000000001p51,
                        1e16,
                        123456789.125,
                        0x1p63,
                        -0x1p63,
                        3.5e38,
                        Double.MAX_VALUE,
                        Double.MIN_VALUE);
            case RealType ignored ->
                Stream.of(
                                Float.NaN,
                                Float.POSITIVE_INFINITY,
                                Float.NEGATIVE_INFINITY,
                                0f,
                                -0f,
                                0.5f,
                                -1.5f,
                                2.5f,
                                0.1f,
                                16777216f,
                                1e10f,
                                Float.MAX_VALUE,
                                Float.MIN_VALUE)
                        .map(value -> (Object) (long) Float.floatToRawIntBits(value))
                        .toList();
            case DecimalType decimal -> decimals(decimal);
            case VarcharType varchar ->
                texts(varchar.isUnbounded() ? Integer.MAX_VALUE : varchar.getBoundedLength(), false);
            case CharType character -> texts(character.getLength(), true);
            case DateType ignored ->
                DATES.stream().map(date -> (Object) date.toEpochDay()).toList();
            case TimestampType timestamp when timestamp.getPrecision() <= 6 -> timestamps(timestamp);
            default -> throw new IllegalArgumentException("no values of type " + type);
        };
    }

    private static List<Object> numbers(long smallest, long largest) {
        return List.of(smallest, smallest + 1, -7L, -2L, -1L, 0L, 1L, 2L, 3L, 10L, largest - 1, largest);
    }

    private static List<Object> decimals(DecimalType type) {
        BigInteger largest = BigInteger.TEN.pow(type.getPrecision()).subtract(BigInteger.ONE);
        BigInteger one = BigInteger.TEN.pow(type.getScale());
        BigInteger half = one.divide(BigInteger.TWO);
        return Stream.of(
                        BigInteger.ZERO,
                        BigInteger.ONE,
                        one,
                        half,
                        one.add(half),
                        one.multiply(BigInteger.TWO).add(half),
                        largest)
                .filter(value -> value.compareTo(largest) <= 0)
                .flatMap(value -> Stream.of(value, value.negate()))
                .distinct()
                .map(value -> type.isShort() ? (Object) value.longValueExact() : Int128.valueOf(value))
                .toList();
    }

    private static List<Object> texts(int lengthMax, boolean trimmed) {
        return TEXTS.stream()
                .filter(text -> text.codePointCount(0, text.length()) <= lengthMax)
                .map(text -> trimmed ? text.replaceAll(" +$", "") : text)
                .map(text -> (Object) Slices.utf8Slice(text))
                .toList();
    }

    private static List<Object> timestamps(TimestampType type) {
        long unit = (long) Math.pow(10, 6 - type.getPrecision());
        return DATES.stream()
                .flatMap(date -> Arrays.stream(new LocalDateTime[] {
                    date.atStartOfDay(), date.atTime(2, 30), date.atTime(23, 59, 59, 999_999_000)
                }))
                .map(time -> ChronoUnit.MICROS.between(LocalDateTime.of(1970, 1, 1, 0, 0), time))
                .map(micros -> (Object) (Math.floorDiv(micros, unit) * unit))
                .toList();
    }
}
