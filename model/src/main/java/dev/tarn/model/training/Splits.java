package dev.tarn.model.training;

import dev.tarn.model.training.TrainingFile.Split;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Which rows are learned from and which are judged.
final class Splits {
    private static final long DAY_MS = 86_400_000;

    private Splits() {}

    /// @param train rows to learn from
    /// @param test rows to judge
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Fold(int[] train, int[] test) {}

    static List<Fold> of(Split split, Examples examples, long seed) {
        return switch (split) {
            case Split.Grouped grouped -> grouped(grouped, examples, seed);
            case Split.ByTime byTime -> List.of(byTime(byTime, examples));
        };
    }

    /// Groups are dealt to the folds in an order drawn from the seed.
    private static List<Fold> grouped(Split.Grouped split, Examples examples, long seed) {
        @Nullable String[] group = examples.texts.get(split.by());
        List<String> names = new ArrayList<>(new TreeSet<>(
                java.util.Arrays.stream(group).map(String::valueOf).toList()));
        if (names.size() < split.folds()) {
            throw Examples.bad(
                    "'" + split.by() + "' has " + names.size() + " values, fewer than the " + split.folds() + " folds");
        }
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = names.size() - 1; i > 0; i--) {
            java.util.Collections.swap(names, i, random.nextInt(i + 1));
        }
        Map<String, Integer> foldOf = new HashMap<>();
        for (int i = 0; i < names.size(); i++) {
            foldOf.put(names.get(i), i % split.folds());
        }
        List<Fold> folds = new ArrayList<>();
        for (int fold = 0; fold < split.folds(); fold++) {
            int wanted = fold;
            int[] train = rows(examples, row -> foldOf.get(String.valueOf(group[row])) != wanted);
            int[] test = rows(examples, row -> foldOf.get(String.valueOf(group[row])) == wanted);
            folds.add(new Fold(train, test));
        }
        return folds;
    }

    private static Fold byTime(Split.ByTime split, Examples examples) {
        long trainFrom = split.trainFrom().toEpochMilli();
        long trainTo = split.trainTo().toEpochMilli();
        long testFrom = split.testFrom().toEpochMilli();
        long testTo = split.testTo().toEpochMilli();
        int[] train = rows(examples, row -> examples.timeMs[row] >= trainFrom && examples.timeMs[row] < trainTo);
        Map<String, Long> firstKnown = new HashMap<>();
        @Nullable String[] who = split.dropKnown().isEmpty() ? null : examples.texts.get(split.dropKnown());
        if (who != null) {
            for (int row = 0; row < examples.rows(); row++) {
                if (examples.label[row] && examples.timeMs[row] >= trainFrom) {
                    firstKnown.merge(String.valueOf(who[row]), examples.timeMs[row], Math::min);
                }
            }
        }
        long delay = split.delay().toMillis();
        int[] test = rows(examples, row -> {
            long time = examples.timeMs[row];
            if (time < testFrom || time >= testTo) {
                return false;
            }
            if (who == null) {
                return true;
            }
            // Labels arrive in whole days: known on a day is what happened before that day less the delay.
            long day = testFrom + Math.floorDiv(time - testFrom, DAY_MS) * DAY_MS;
            return firstKnown.getOrDefault(String.valueOf(who[row]), Long.MAX_VALUE) >= day - delay;
        });
        return new Fold(train, test);
    }

    private interface Test {
        boolean keeps(int row);
    }

    private static int[] rows(Examples examples, Test test) {
        return java.util.stream.IntStream.range(0, examples.rows())
                .filter(test::keeps)
                .toArray();
    }
}
