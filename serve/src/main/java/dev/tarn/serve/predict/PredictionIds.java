package dev.tarn.serve.predict;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/// Ids of predictions: 12 hexadecimal digits of milliseconds since 1970, then 16 random ones.
public final class PredictionIds {
    private static final HexFormat HEX = HexFormat.of();
    /// Digits of an id.
    private static final int LENGTH = 28;

    /// How many of them, the first, say when.
    public static final int TIME_DIGITS = 12;

    private PredictionIds() {}

    static String next() {
        return HEX.toHexDigits(System.currentTimeMillis(), TIME_DIGITS)
                + HEX.toHexDigits(ThreadLocalRandom.current().nextLong());
    }

    /// A number from 0 to 100 that the id alone decides.
    static double percent(String id) {
        long random = HexFormat.fromHexDigitsToLong(id, TIME_DIGITS, LENGTH);
        return (random >>> 11) * 0x1p-53 * 100;
    }

    /// The day in UTC on which a prediction was made, from an id or its first digits.
    public static LocalDate day(String id) {
        return LocalDate.ofInstant(
                Instant.ofEpochMilli(HexFormat.fromHexDigitsToLong(id, 0, TIME_DIGITS)), ZoneOffset.UTC);
    }

    /// Whether a text can be an id.
    public static boolean isId(String text) {
        return text.length() == LENGTH && text.chars().allMatch(HexFormat::isHexDigit);
    }
}
