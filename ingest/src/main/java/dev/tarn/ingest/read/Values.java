package dev.tarn.ingest.read;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Year;
import java.util.Optional;

/// Texts as values. A text is a value of a type only if the value says all that the text said: `1.5` is no
/// whole number, `007` is none either, `2010-02-30` is no date.
final class Values {
    /// What no text is parsed as: no number here has so many digits, and as a double it is none.
    static final long NONE = 0x7fff_ffff_ffff_ff01L;

    /// The most digits of a number that surely fits in eight bytes.
    static final int DIGITS_MAX = 18;

    static final int INTEGER_DIGITS_MAX = 9;

    private static final int DOUBLE_DIGITS_MAX = 17;
    private static final int DECIMAL_TEXT_BYTES_MAX = 100;
    private static final long MINUTE_MICROS = 60_000_000L;
    private static final long DAY_MICROS = 1440 * MINUTE_MICROS;

    /// The powers of ten that a double holds exactly.
    private static final double[] TENS = new double[23];

    static {
        for (int i = 0; i < TENS.length; i++) {
            TENS[i] = Double.parseDouble("1e" + i);
        }
    }

    private Values() {}

    /// `-?(0|[1-9][0-9]*)`, or [#NONE].
    static long whole(byte[] bytes, int from, int to, int digitsMax) {
        int first = from < to && bytes[from] == '-' ? from + 1 : from;
        int digits = to - first;
        if (digits <= 0 || digits > digitsMax || (bytes[first] == '0' && (digits > 1 || first > from))) {
            return NONE;
        }
        long value = digits(bytes, first, to);
        return value < 0 ? NONE : first > from ? -value : value;
    }

    /// The bits of `[-+]?digits[.digits][e[-+]digits]` as a double, or [#NONE]. A double tells 17 digits
    /// apart; an exponent has two digits at most.
    static long floating(byte[] bytes, int from, int to) {
        int at = from < to && isSign(bytes[from]) ? from + 1 : from;
        long mantissa = 0;
        int digits = 0;
        int fraction = 0;
        boolean point = false;
        for (; at < to && digits <= DOUBLE_DIGITS_MAX; at++) {
            byte b = bytes[at];
            if (b == '.' && !point) {
                point = true;
            } else if (b >= '0' && b <= '9') {
                mantissa = mantissa * 10 + b - '0';
                digits++;
                fraction += point ? 1 : 0;
            } else {
                break;
            }
        }
        if (digits == 0 || digits > DOUBLE_DIGITS_MAX) {
            return NONE;
        }
        double sign = bytes[from] == '-' ? -1.0 : 1.0;
        // Both are exact in a double, so their quotient is rounded once.
        if (at == to && mantissa < 1L << 53) {
            return Double.doubleToRawLongBits(sign * (mantissa / TENS[fraction]));
        }
        if (at < to) {
            int exponent = at + 1 < to && isSign(bytes[at + 1]) ? at + 2 : at + 1;
            if ((bytes[at] | 0x20) != 'e' || to - exponent > 2 || exponent >= to || digits(bytes, exponent, to) < 0) {
                return NONE;
            }
        }
        return Double.doubleToRawLongBits(
                Double.parseDouble(new String(bytes, from, to - from, StandardCharsets.US_ASCII)));
    }

    /// The unscaled value of a decimal of 18 digits at most, or [#NONE].
    static long decimal(byte[] bytes, int from, int to, int precision, int scale) {
        return wideDecimal(bytes, from, to, precision, scale)
                .map(BigInteger::longValueExact)
                .orElse(NONE);
    }

    /// The unscaled value of a decimal that loses nothing by the scale, if the text is one.
    static Optional<BigInteger> wideDecimal(byte[] bytes, int from, int to, int precision, int scale) {
        if (to - from > DECIMAL_TEXT_BYTES_MAX) {
            return Optional.empty();
        }
        try {
            BigDecimal value = new BigDecimal(new String(bytes, from, to - from, StandardCharsets.ISO_8859_1));
            if (value.signum() != 0 && value.precision() - (long) value.scale() > precision - scale) {
                return Optional.empty();
            }
            return Optional.of(value.setScale(scale).unscaledValue());
        } catch (ArithmeticException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /// The 128 bits of a UUID, with or without its hyphens.
    static Optional<BigInteger> uuid(byte[] bytes, int from, int to) {
        String text = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
        boolean shape = text.length() == 36
                ? text.charAt(8) == '-' && text.charAt(13) == '-' && text.charAt(18) == '-' && text.charAt(23) == '-'
                : text.length() == 32;
        String hex = text.length() == 36 ? text.replace("-", "") : text;
        if (!shape || hex.length() != 32 || !hex.chars().allMatch(c -> c < 128 && Character.digit(c, 16) >= 0)) {
            return Optional.empty();
        }
        return Optional.of(new BigInteger(hex, 16));
    }

    /// Whether the text is an ASCII word, in any case.
    static boolean word(byte[] bytes, int from, int to, String word) {
        if (to - from != word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if ((bytes[from + i] | 0x20) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /// The days since 1970 of `YYYY-MM-DD`, or [#NONE].
    static long date(byte[] bytes, int from, int to) {
        return to - from == 10 ? day(bytes, from) : NONE;
    }

    /// The microseconds since midnight of `HH:MM[:SS[.ffffff]]`, or [#NONE].
    static long time(byte[] bytes, int from, int to) {
        return timeEnd(bytes, from, to) == to ? micros(bytes, from, to) : NONE;
    }

    /// The microseconds since 1970 of a date, a space or T, and a time, or [#NONE].
    static long timestamp(byte[] bytes, int from, int to) {
        if (to - from < 16 || (bytes[from + 10] != ' ' && bytes[from + 10] != 'T')) {
            return NONE;
        }
        long day = day(bytes, from);
        return day == NONE || timeEnd(bytes, from + 11, to) != to
                ? NONE
                : day * DAY_MICROS + micros(bytes, from + 11, to);
    }

    /// The same in UTC of a timestamp followed by `Z` or an offset such as `+01:00`, `+0100` or `+01`.
    static long timestampWithZone(byte[] bytes, int from, int to) {
        int zone = from + 11;
        while (zone < to && bytes[zone] != 'Z' && bytes[zone] != ' ' && !isSign(bytes[zone])) {
            zone++;
        }
        long local = zone < to ? timestamp(bytes, from, zone) : NONE;
        long offset = zone < to ? offset(bytes, bytes[zone] == ' ' ? zone + 1 : zone, to) : NONE;
        return local == NONE || offset == NONE ? NONE : local - offset * MINUTE_MICROS;
    }

    /// In minutes.
    private static long offset(byte[] bytes, int from, int to) {
        int length = to - from;
        if (length == 1) {
            return bytes[from] == 'Z' ? 0 : NONE;
        }
        boolean colon = length == 6 && bytes[from + 3] == ':';
        if ((length != 3 && length != 5 && !colon) || !isSign(bytes[from])) {
            return NONE;
        }
        long hours = digits(bytes, from + 1, from + 3);
        long minutes = length == 3 ? 0 : digits(bytes, to - 2, to);
        if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59) {
            return NONE;
        }
        return (bytes[from] == '-' ? -1 : 1) * (hours * 60 + minutes);
    }

    /// Of ten bytes.
    private static long day(byte[] bytes, int at) {
        if (bytes[at + 4] != '-' || bytes[at + 7] != '-') {
            return NONE;
        }
        long year = digits(bytes, at, at + 4);
        long month = digits(bytes, at + 5, at + 7);
        long day = digits(bytes, at + 8, at + 10);
        if (year < 1 || month < 1 || month > 12 || day < 1 || day > days(year, month)) {
            return NONE;
        }
        // Counted from March, so that the leap day is a year's last: see java.time.LocalDate.toEpochDay.
        long y = month > 2 ? year : year - 1;
        long m = (month + 9) % 12;
        return 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719_468;
    }

    private static int days(long year, long month) {
        return month == 2
                ? (Year.isLeap(year) ? 29 : 28)
                : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
    }

    /// Behind the time that starts here, or -1.
    private static int timeEnd(byte[] bytes, int at, int to) {
        if (at + 5 > to || !clock(bytes, at, 23) || bytes[at + 2] != ':' || !clock(bytes, at + 3, 59)) {
            return -1;
        }
        int end = at + 5;
        if (end < to && bytes[end] == ':') {
            if (end + 3 > to || !clock(bytes, end + 1, 59)) {
                return -1;
            }
            end += 3;
            if (end < to && bytes[end] == '.') {
                return to - end - 1 >= 1 && to - end - 1 <= 6 && digits(bytes, end + 1, to) >= 0 ? to : -1;
            }
        }
        return end;
    }

    private static boolean clock(byte[] bytes, int at, int max) {
        long value = digits(bytes, at, at + 2);
        return value >= 0 && value <= max;
    }

    /// Of a time whose shape was found right.
    private static long micros(byte[] bytes, int at, int to) {
        long seconds = (digits(bytes, at, at + 2) * 60 + digits(bytes, at + 3, at + 5)) * 60
                + (to - at > 5 ? digits(bytes, at + 6, at + 8) : 0);
        long fraction = 0;
        for (int i = 0; i < 6; i++) {
            fraction = fraction * 10 + (at + 9 + i < to ? bytes[at + 9 + i] - '0' : 0);
        }
        return seconds * 1_000_000 + fraction;
    }

    /// The number that digits write, or -1 when not all are digits.
    private static long digits(byte[] bytes, int from, int to) {
        long value = 0;
        for (int i = from; i < to; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private static boolean isSign(byte b) {
        return b == '-' || b == '+';
    }
}
