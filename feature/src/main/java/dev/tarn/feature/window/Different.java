package dev.tarn.feature.window;

/// The different numbers of a measure, each with the shortest window that it is in.
final class Different {
    private static final int FEW = 32;

    private long[] numbers = new long[FEW];
    /// The window and one; 0 where there is no number.
    private int[] windows = new int[FEW];
    private int held;

    void add(long number, int window) {
        if (2 * held >= windows.length) {
            grow();
        }
        int at = slot(number);
        if (windows[at] == 0) {
            numbers[at] = number;
            windows[at] = window + 1;
            held++;
        } else {
            windows[at] = Math.min(windows[at], window + 1);
        }
    }

    /// How many numbers have which window as their shortest: adds them up in `counts`.
    void count(int[] counts) {
        for (int window : windows) {
            if (window > 0) {
                counts[window - 1]++;
            }
        }
    }

    private void grow() {
        long[] before = numbers;
        int[] beforeWindows = windows;
        numbers = new long[2 * before.length];
        windows = new int[2 * before.length];
        for (int i = 0; i < before.length; i++) {
            if (beforeWindows[i] > 0) {
                int at = slot(before[i]);
                numbers[at] = before[i];
                windows[at] = beforeWindows[i];
            }
        }
    }

    private int slot(long number) {
        long mixed = number * 0x9E3779B97F4A7C15L;
        int at = (int) (mixed >>> 40) & (windows.length - 1);
        while (windows[at] != 0 && numbers[at] != number) {
            at = (at + 1) & (windows.length - 1);
        }
        return at;
    }
}
