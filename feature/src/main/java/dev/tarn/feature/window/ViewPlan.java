package dev.tarn.feature.window;

import dev.tarn.core.error.TarnException;
import dev.tarn.feature.definition.Feature;
import dev.tarn.feature.definition.FeatureView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/// A view compiled to arithmetic: its windows, and for each window the same row of exact cells, from
/// which every feature is finished. Training and serving share it.
public final class ViewPlan {
    /// What a cell sums up.
    enum CellKind {
        /// Events (of a measure: those where it is not null); one word.
        COUNT(1),
        /// A measure's values on the grid of sums; two words.
        SUM(2),
        /// A measure's values on the grid of squares (two words) and their squares (three words).
        SQUARES(5),
        /// Different values; one word, filled by whoever folds.
        DISTINCT(1);

        final int words;

        CellKind(int words) {
            this.words = words;
        }
    }

    /// @param measure its index, or -1 for rows
    /// @param at its first word within the row
    record Cell(CellKind kind, int measure, int at) {}

    /// The least, greatest or last value of a measure; it can only be found, not summed up.
    ///
    /// @param function `MIN`, `MAX` or `LAST`
    public record Extreme(Feature.Function function, int measure) {
        /// Whether the value decides, and not the time.
        boolean isExtremeByValue() {
            return function != Feature.Function.LAST;
        }
    }

    /// Where a feature comes from.
    public sealed interface Output {
        /// The feature.
        Feature feature();

        /// Its Trino type.
        String type();

        /// Finished from a window's cells: `count`, `sum`, `mean`, `stddev`, `count-distinct`.
        ///
        /// @param count the word that holds the number of values
        /// @param at the first word of the cell that matters
        record OfCells(Feature.Aggregate feature, String type, int window, int measure, int count, int at)
                implements Output {}

        /// A value found in a window.
        record OfExtreme(Feature.Aggregate feature, String type, int window, int extreme) implements Output {}

        /// One output divided by another, by their indexes.
        record OfRatio(Feature.Ratio feature, String type, int numerator, int denominator) implements Output {}
    }

    /// A window without an end, as a length in microseconds: longer than any time between two events.
    public static final long UNBOUNDED = Long.MAX_VALUE / 4;

    private final FeatureView view;
    private final List<Measure> measures;
    private final long[] windows;
    private List<Cell> cells = new ArrayList<>();
    private List<Extreme> extremes = new ArrayList<>();
    private List<Output> outputs = new ArrayList<>();
    private Map<Integer, Integer> distincts = Map.of();
    private boolean[] operands = new boolean[0];
    private int[] longestOfExtremes = new int[0];
    private int longestOfCells = -1;
    private int stride;
    private int aliveAt = -1;

    private ViewPlan(FeatureView view, List<Measure> measures) {
        this.view = view;
        this.measures = List.copyOf(measures);
        // Life is a window too: a view is alive while it holds an event.
        this.windows = LongStream.concat(
                        view.aggregates().stream().mapToLong(ViewPlan::windowUs),
                        view.timeToLive().stream().mapToLong(ViewPlan::micros))
                .sorted()
                .distinct()
                .toArray();
    }

    /// Compiles a view.
    ///
    /// @param types the Trino types of the projection's measures
    /// @throws TarnException `CONFIG_INVALID` at the feature whose type does not suit its function
    public static ViewPlan of(FeatureView view, Projection projection, List<String> types) {
        List<Measure> measures = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            int measure = i;
            Feature.Aggregate first = view.aggregates().stream()
                    .filter(each -> projection.measureOf(each).equals(Optional.of(measure)))
                    .findFirst()
                    .orElseThrow();
            measures.add(Measure.of(types.get(i), first.place()));
        }
        ViewPlan plan = new ViewPlan(view, measures);
        plan.compile(projection);
        return plan;
    }

    /// The view.
    public FeatureView view() {
        return view;
    }

    /// The measures of its events.
    public List<Measure> measures() {
        return measures;
    }

    /// The windows' lengths in microseconds, ascending.
    public long[] windows() {
        return windows.clone();
    }

    /// The features in the order of the view.
    public List<Output> outputs() {
        return outputs;
    }

    /// Minima, maxima and last values.
    public List<Extreme> extremes() {
        return extremes;
    }

    /// The measures whose different values are counted, with the word of the count.
    public Map<Integer, Integer> distincts() {
        return distincts;
    }

    /// The words of one window's row of cells.
    public int stride() {
        return stride;
    }

    List<Cell> cells() {
        return cells;
    }

    /// Whether a ratio is taken of an output.
    boolean isOperand(int output) {
        return operands[output];
    }

    /// The longest window, by its index, whose cells anything is finished from; -1 when there is none.
    int longestOfCells() {
        return longestOfCells;
    }

    /// The longest window, by its index, in which an extreme is looked for.
    int longestOfExtreme(int extreme) {
        return longestOfExtremes[extreme];
    }

    long[] windowsUs() {
        return windows;
    }

    /// The delay in microseconds.
    public long delayUs() {
        return micros(view.delay());
    }

    /// Whether the view's time to live has not run out, by the cells of all windows in their order.
    public boolean isAlive(long[] allWindows) {
        return aliveAt < 0 || allWindows[aliveAt] > 0;
    }

    /// How old an event may be and still matter, in microseconds.
    public long horizonUs() {
        long longest = windows.length == 0 ? 0 : windows[windows.length - 1];
        return longest == UNBOUNDED ? UNBOUNDED : longest + delayUs();
    }

    private void compile(Projection projection) {
        Map<String, Integer> indexes = new HashMap<>();
        for (Feature feature : view.features()) {
            if (feature instanceof Feature.Aggregate aggregate) {
                indexes.put(aggregate.name(), outputs.size());
                outputs.add(output(aggregate, projection.measureOf(aggregate).orElse(-1)));
            } else {
                outputs.add(new Output.OfCells(placeholder(), "", 0, 0, 0, 0));
            }
        }
        for (int i = 0; i < outputs.size(); i++) {
            if (view.features().get(i) instanceof Feature.Ratio ratio) {
                outputs.set(i, ratio(ratio, indexes));
            }
        }
        addLife();
        settle();
    }

    /// From here on nothing changes, and what each fold asks for is at hand.
    private void settle() {
        cells = List.copyOf(cells);
        extremes = List.copyOf(extremes);
        outputs = List.copyOf(outputs);
        Map<Integer, Integer> words = new LinkedHashMap<>();
        cells.stream()
                .filter(cell -> cell.kind() == CellKind.DISTINCT)
                .forEach(cell -> words.put(cell.measure(), cell.at()));
        distincts = Collections.unmodifiableMap(words);
        operands = new boolean[outputs.size()];
        longestOfExtremes = new int[extremes.size()];
        longestOfCells = aliveAt < 0 ? -1 : aliveAt / stride;
        for (Output output : outputs) {
            switch (output) {
                case Output.OfCells of -> longestOfCells = Math.max(longestOfCells, of.window());
                case Output.OfExtreme of ->
                    longestOfExtremes[of.extreme()] = Math.max(longestOfExtremes[of.extreme()], of.window());
                case Output.OfRatio of -> {
                    operands[of.numerator()] = true;
                    operands[of.denominator()] = true;
                }
            }
        }
    }

    private void addLife() {
        view.timeToLive().ifPresent(life -> {
            int count = cell(CellKind.COUNT, -1);
            aliveAt = Arrays.binarySearch(windows, micros(life)) * stride + count;
        });
    }

    private Feature.Aggregate placeholder() {
        return view.aggregates().getFirst();
    }

    private Output ratio(Feature.Ratio ratio, Map<String, Integer> indexes) {
        int numerator = indexes.get(ratio.numerator());
        int denominator = indexes.get(ratio.denominator());
        for (int operand : new int[] {numerator, denominator}) {
            Output output = outputs.get(operand);
            if (!output.type().matches("double|real|bigint|integer|smallint|tinyint|decimal.*")) {
                throw ratio.place()
                        .error("ratio: '" + output.feature().name() + "' is a " + output.type() + ", not a number");
            }
        }
        return new Output.OfRatio(ratio, "double", numerator, denominator);
    }

    private Output output(Feature.Aggregate aggregate, int measure) {
        int window = Arrays.binarySearch(windows, windowUs(aggregate));
        checkFallback(aggregate, measure);
        return switch (aggregate.function()) {
            case COUNT -> {
                int count = cell(CellKind.COUNT, measure);
                yield new Output.OfCells(aggregate, "bigint", window, measure, count, count);
            }
            case COUNT_DISTINCT -> {
                int count = cell(CellKind.DISTINCT, measure);
                yield new Output.OfCells(aggregate, "bigint", window, measure, count, count);
            }
            case SUM -> {
                Measure summed = number(aggregate, measure);
                String type = summed.isDecimal()
                        ? "decimal(38," + summed.scale() + ")"
                        : summed.kind() == Measure.Kind.DOUBLE ? "double" : "bigint";
                yield numeric(aggregate, type, window, measure, CellKind.SUM);
            }
            case MEAN -> {
                number(aggregate, measure);
                yield numeric(aggregate, "double", window, measure, CellKind.SUM);
            }
            case STDDEV -> {
                number(aggregate, measure);
                yield numeric(aggregate, "double", window, measure, CellKind.SQUARES);
            }
            case MIN, MAX, LAST -> {
                Extreme extreme = new Extreme(aggregate.function(), measure);
                if (!extremes.contains(extreme)) {
                    extremes.add(extreme);
                }
                yield new Output.OfExtreme(aggregate, measures.get(measure).type(), window, extremes.indexOf(extreme));
            }
        };
    }

    private Output numeric(Feature.Aggregate aggregate, String type, int window, int measure, CellKind kind) {
        int count = cell(CellKind.COUNT, measure);
        return new Output.OfCells(aggregate, type, window, measure, count, cell(kind, measure));
    }

    private Measure number(Feature.Aggregate aggregate, int measure) {
        Measure number = measures.get(measure);
        if (!number.isNumber()) {
            throw aggregate
                    .place()
                    .error(aggregate.function().key() + " needs a number, and "
                            + aggregate.of().orElse("*") + " is " + number.type());
        }
        return number;
    }

    private void checkFallback(Feature.Aggregate aggregate, int measure) {
        boolean text = measure >= 0
                && !measures.get(measure).isNumber()
                && switch (aggregate.function()) {
                    case MIN, MAX, LAST -> true;
                    case COUNT, COUNT_DISTINCT, SUM, MEAN, STDDEV -> false;
                };
        if (text && aggregate.fallback().isPresent()) {
            throw aggregate
                    .place()
                    .error("default: a number cannot stand for a "
                            + measures.get(measure).type());
        }
    }

    private int cell(CellKind kind, int measure) {
        for (Cell cell : cells) {
            if (cell.kind() == kind && cell.measure() == measure) {
                return cell.at();
            }
        }
        cells.add(new Cell(kind, measure, stride));
        stride += kind.words;
        return cells.getLast().at();
    }

    private static long micros(Duration duration) {
        return duration.toMillis() * 1_000 + duration.toNanosPart() / 1_000 % 1_000;
    }

    private static long windowUs(Feature.Aggregate aggregate) {
        return aggregate.window().map(ViewPlan::micros).orElse(UNBOUNDED);
    }
}
