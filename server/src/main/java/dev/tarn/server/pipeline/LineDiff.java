package dev.tarn.server.pipeline;

import java.util.ArrayList;
import java.util.List;

/// Compares two texts line by line.
final class LineDiff {
    /// Longer texts are shown as wholly replaced: the comparison takes the product of both lengths.
    private static final int LINES_MAX = 2_000;

    private static final int CONTEXT = 2;

    private LineDiff() {}

    /// The lines of both, `+ ` before what only the second has, `- ` before what only the first has, and a
    /// few lines around that they share; `…` stands for what is left out.
    static List<String> of(String before, String after) {
        List<String> old = before.lines().toList();
        List<String> now = after.lines().toList();
        return shortened(old.size() > LINES_MAX || now.size() > LINES_MAX ? replaced(old, now) : compared(old, now));
    }

    private static List<String> replaced(List<String> old, List<String> now) {
        List<String> lines = new ArrayList<>();
        old.forEach(line -> lines.add("- " + line));
        now.forEach(line -> lines.add("+ " + line));
        return lines;
    }

    /// By the longest common subsequence.
    private static List<String> compared(List<String> old, List<String> now) {
        int[][] common = new int[old.size() + 1][now.size() + 1];
        for (int i = old.size() - 1; i >= 0; i--) {
            for (int j = now.size() - 1; j >= 0; j--) {
                common[i][j] = old.get(i).equals(now.get(j))
                        ? common[i + 1][j + 1] + 1
                        : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        List<String> lines = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < old.size() || j < now.size()) {
            if (i < old.size() && j < now.size() && old.get(i).equals(now.get(j))) {
                lines.add("  " + old.get(i++));
                j++;
            } else if (i < old.size() && (j == now.size() || common[i + 1][j] >= common[i][j + 1])) {
                lines.add("- " + old.get(i++));
            } else {
                lines.add("+ " + now.get(j++));
            }
        }
        return lines;
    }

    private static List<String> shortened(List<String> lines) {
        List<String> kept = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            boolean near = false;
            for (int k = Math.max(0, i - CONTEXT); k <= Math.min(lines.size() - 1, i + CONTEXT); k++) {
                near |= !lines.get(k).startsWith("  ");
            }
            if (near) {
                kept.add(lines.get(i));
            } else if (kept.isEmpty() || !kept.getLast().equals("…")) {
                kept.add("…");
            }
        }
        return kept;
    }
}
