package dev.tarn.interop.differential;

import java.io.IOException;

/// Makes a failing statement smaller as long as it fails.
final class Shrinker {
    private static final int TRIES_MAX = 300;

    private Shrinker() {}

    /// Whether a statement still shows what is looked for.
    @FunctionalInterface
    interface Shows {
        boolean test(Statement statement) throws IOException, InterruptedException;
    }

    static Statement shrink(Statement failing, Shows shows) throws IOException, InterruptedException {
        Statement smallest = failing;
        int tries = 0;
        boolean progress = true;
        while (progress) {
            progress = false;
            for (Statement candidate : smallest.smaller()) {
                if (candidate.size() >= smallest.size()) {
                    continue;
                }
                if (++tries > TRIES_MAX) {
                    return smallest;
                }
                if (shows.test(candidate)) {
                    smallest = candidate;
                    progress = true;
                    break;
                }
            }
        }
        return smallest;
    }
}
