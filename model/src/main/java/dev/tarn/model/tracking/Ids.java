package dev.tarn.model.tracking;

import java.security.SecureRandom;
import java.util.HexFormat;

/// Ids that several processes can make without asking each other.
public final class Ids {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int RANDOM_BITS = 22;

    private Ids() {}

    /// A positive number that grows with time: milliseconds, then 22 random bits.
    public static long number() {
        return (System.currentTimeMillis() << RANDOM_BITS) | RANDOM.nextInt(1 << RANDOM_BITS);
    }

    /// 32 random hexadecimal digits.
    public static String hex() {
        byte[] bytes = new byte[16];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
