package dev.tarn.core.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Finds what a person probably meant.
public final class Nearest {
    private Nearest() {}

    /// The candidate with the smallest edit distance, when it is near enough to be a likely slip.
    public static Optional<String> of(String word, Collection<String> candidates) {
        return some(word, candidates, 1).stream().findFirst();
    }

    /// The near candidates, nearest first and each once, at most so many.
    public static List<String> some(String word, Collection<String> candidates, int atMost) {
        int distanceMax = Math.max(1, word.length() / 3);
        return candidates.stream()
                .distinct()
                .filter(candidate -> Math.abs(candidate.length() - word.length()) <= distanceMax)
                .filter(candidate -> distance(word, candidate) <= distanceMax)
                .sorted(Comparator.comparingInt(candidate -> distance(word, candidate)))
                .limit(atMost)
                .toList();
    }

    /// Edits (insert, delete, replace, swap of neighbours) from one word to the other, without case.
    /// Optimal string alignment distance.
    static int distance(String one, String other) {
        String a = one.toLowerCase(Locale.ROOT);
        String b = other.toLowerCase(Locale.ROOT);
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int replace = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + replace);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
