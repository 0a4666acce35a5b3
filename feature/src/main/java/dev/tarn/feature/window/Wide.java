package dev.tarn.feature.window;

import java.math.BigInteger;

/// Two's-complement integers of 128 and 192 bits in a `long[]`, least significant word first. Adding
/// and taking away is exact and undoes itself, so the order of events never shows in a sum.
final class Wide {
    private Wide() {}

    /// `a[at..at+words) += b[from..from+words)`.
    static void add(long[] a, int at, long[] b, int from, int words) {
        long carry = 0;
        for (int i = 0; i < words; i++) {
            long x = a[at + i];
            long partial = x + b[from + i];
            long sum = partial + carry;
            carry = (Long.compareUnsigned(partial, x) < 0 ? 1L : 0L)
                    + (Long.compareUnsigned(sum, partial) < 0 ? 1L : 0L);
            a[at + i] = sum;
        }
    }

    /// `a[at..at+words) -= b[from..from+words)`.
    static void subtract(long[] a, int at, long[] b, int from, int words) {
        long borrow = 0;
        for (int i = 0; i < words; i++) {
            long x = a[at + i];
            long partial = x - b[from + i];
            long difference = partial - borrow;
            borrow = (Long.compareUnsigned(x, b[from + i]) < 0 ? 1L : 0L)
                    + (Long.compareUnsigned(partial, borrow) < 0 ? 1L : 0L);
            a[at + i] = difference;
        }
    }

    /// The nearest double, ties to even, of a 128-bit integer.
    static double toDouble(long low, long high) {
        if (high == low >> 63) {
            return (double) low;
        }
        boolean negative = high < 0;
        if (negative) {
            low = -low;
            high = ~high + (low == 0 ? 1 : 0);
        }
        int zeros = Long.numberOfLeadingZeros(high);
        if (zeros == 0) {
            // Only the most negative number of all has its top bit set after negation.
            return -0x1p127;
        }
        // Keep the top 62 bits, and fold the rest into one sticky bit: the cast then rounds once, and rightly.
        int shift = 66 - zeros;
        long top;
        boolean rest;
        if (shift < 64) {
            top = (high << (64 - shift)) | (low >>> shift);
            rest = low << (64 - shift) != 0;
        } else {
            top = high >>> (shift - 64);
            rest = low != 0 || (shift > 64 && high << (128 - shift) != 0);
        }
        double magnitude = Math.scalb((double) (rest ? top | 1 : top), shift);
        return negative ? -magnitude : magnitude;
    }

    /// The integer itself.
    static BigInteger toBigInteger(long[] a, int at, int words) {
        byte[] bytes = new byte[words * 8];
        for (int i = 0; i < words; i++) {
            long word = a[at + words - 1 - i];
            for (int b = 0; b < 8; b++) {
                bytes[i * 8 + b] = (byte) (word >>> (56 - 8 * b));
            }
        }
        return new BigInteger(bytes);
    }
}
