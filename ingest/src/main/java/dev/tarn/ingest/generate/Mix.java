package dev.tarn.ingest.generate;

/// Numbers that look random and depend on nothing but a seed, a row and which of the row's draws it is
/// (the finalizer of SplitMix64).
final class Mix {
    private Mix() {}

    static long bits(long seed, long row, int draw) {
        long z = seed * 0x9e3779b97f4a7c15L + row * 0xd1342543de82ef95L + draw * 0xda942042e4dd58b5L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /// At least 0, less than 1.
    static double fraction(long seed, long row, int draw) {
        return (bits(seed, row, draw) >>> 11) * 0x1.0p-53;
    }

    /// At least 0, less than the bound.
    static int below(long seed, long row, int draw, int bound) {
        return (int) (fraction(seed, row, draw) * bound);
    }
}
