package dev.tarn.govern.contract;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/// Puts a measure together from its parts of each file.
final class PartMerge {
    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

    private PartMerge() {}

    /// @param files each file's parts, as [Measure#parts] orders them; null where a file has no such value
    static Optional<BigDecimal> merge(Measure measure, List<List<@Nullable BigDecimal>> files) {
        return switch (measure) {
            case Measure.Rows rows -> Optional.of(sum(files, 0));
            case Measure.Count count -> Optional.of(sum(files, 0));
            case Measure.Percent percent -> Optional.of(percent(sum(files, 0), sum(files, 1)));
            case Measure.Total total -> reduce(files, BigDecimal::add);
            case Measure.Least least -> reduce(files, BigDecimal::min);
            case Measure.Greatest greatest -> reduce(files, BigDecimal::max);
            case Measure.Newest newest -> reduce(files, BigDecimal::max);
            case Measure.Mean mean -> mean(files);
            case Measure.Deviation deviation -> deviation(files);
            case Measure.Duplicates duplicates -> throw new IllegalArgumentException("has no parts");
            case Measure.Other other -> throw new IllegalArgumentException("has no parts");
        };
    }

    static BigDecimal percent(BigDecimal count, BigDecimal rows) {
        return rows.signum() == 0 ? BigDecimal.ZERO : count.multiply(HUNDRED).divide(rows, MathContext.DECIMAL64);
    }

    private static BigDecimal sum(List<List<@Nullable BigDecimal>> files, int part) {
        BigDecimal sum = BigDecimal.ZERO;
        for (List<@Nullable BigDecimal> file : files) {
            BigDecimal value = file.get(part);
            sum = value == null ? sum : sum.add(value);
        }
        return sum;
    }

    private static Optional<BigDecimal> reduce(
            List<List<@Nullable BigDecimal>> files, BinaryOperator<BigDecimal> operator) {
        return files.stream().map(List::getFirst).filter(Objects::nonNull).reduce(operator);
    }

    private static Optional<BigDecimal> mean(List<List<@Nullable BigDecimal>> files) {
        double count = 0;
        double sum = 0;
        for (List<@Nullable BigDecimal> file : files) {
            if (file.get(1) == null && number(file.get(0)) > 0) {
                // A value that is no finite number.
                return Optional.empty();
            }
            count += number(file.get(0));
            sum += number(file.get(1));
        }
        return count == 0 ? Optional.empty() : Optional.of(BigDecimal.valueOf(sum / count));
    }

    /// Chan's formula for the sum of squares around the mean.
    private static Optional<BigDecimal> deviation(List<List<@Nullable BigDecimal>> files) {
        double count = 0;
        double mean = 0;
        double squares = 0;
        for (List<@Nullable BigDecimal> file : files) {
            double rows = number(file.get(0));
            if (rows > 0 && (file.get(1) == null || file.get(2) == null)) {
                // A value that is no finite number.
                return Optional.empty();
            }
            if (rows > 0) {
                double delta = number(file.get(1)) / rows - mean;
                double all = count + rows;
                mean += delta * rows / all;
                squares += number(file.get(2)) + delta * delta * count * rows / all;
                count = all;
            }
        }
        return count < 2 ? Optional.empty() : Optional.of(BigDecimal.valueOf(Math.sqrt(squares / (count - 1))));
    }

    private static double number(@Nullable BigDecimal value) {
        return value == null ? 0 : value.doubleValue();
    }
}
