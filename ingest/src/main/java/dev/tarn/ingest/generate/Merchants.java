package dev.tarn.ingest.generate;

/// Merchants, each of one category.
final class Merchants {
    static final int COUNT = 20_000;

    private Merchants() {}

    static int categoryOf(int merchant) {
        return (int) (merchant * 2_654_435_761L % 9_973 % Categories.COUNT);
    }
}
