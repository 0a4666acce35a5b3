package dev.tarn.feature.offline;

import dev.tarn.feature.window.Cells;
import dev.tarn.feature.window.Finish;
import dev.tarn.feature.window.Measure;
import dev.tarn.feature.window.Out;
import dev.tarn.feature.window.Remembering;
import dev.tarn.feature.window.ViewPlan;
import dev.tarn.feature.window.WholeEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// All windows of many labels at once, from events in any order.
///
/// An event is in a window from the moment it is known until it leaves: of its key's labels, in the
/// order of time, it belongs to one range. So it is added to the cells of the range's first label and
/// taken away at its end, and a running sum over the labels then gives every window. That needs memory
/// for the labels only, one pass over the events, and no sort of them. Only exact sums allow it.
///
/// Thread-safe while events are added: a lock for each stripe of keys.
final class LabelFold {
    /// No earlier event.
    static final long NONE = Long.MIN_VALUE;

    private static final int STRIPES = 1 << 10;

    private final ViewPlan plan;
    private final Cells cells;
    private final long[] windows;
    private final int bounded;
    private final int stride;
    private final long delay;
    private final int[] starts;
    private final long[] times;
    private final long[] enter;
    private final long[][] leave;
    private final ExtremeTree[][] trees;
    private final List<ViewPlan.Extreme> extremes;
    private final Object[] locks = new Object[STRIPES];

    /// @param starts for each key, where its labels start; one entry more than keys
    /// @param times the labels' times in microseconds, ascending within a key
    LabelFold(ViewPlan plan, int[] starts, long[] times) {
        this.plan = plan;
        this.cells = new Cells(plan);
        this.windows = plan.windows();
        this.bounded = windows.length > 0 && windows[windows.length - 1] == ViewPlan.UNBOUNDED
                ? windows.length - 1
                : windows.length;
        this.stride = plan.stride();
        this.delay = plan.delayUs();
        this.starts = starts;
        this.times = times;
        this.extremes = plan.extremes();
        this.enter = new long[times.length * stride];
        this.leave = new long[bounded][times.length * stride];
        this.trees = new ExtremeTree[extremes.size()][windows.length];
        for (int i = 0; i < extremes.size(); i++) {
            ViewPlan.Extreme extreme = extremes.get(i);
            for (int window = 0; window < windows.length; window++) {
                if (isWanted(i, window)) {
                    trees[i][window] =
                            new ExtremeTree(extreme.function(), plan.measures().get(extreme.measure()), times.length);
                }
            }
        }
        Arrays.setAll(locks, _ -> new Object());
    }

    /// The bytes that the fold of a plan takes for each label.
    static long bytesOfLabel(ViewPlan plan) {
        long bytes = 8 + 8L * plan.stride() * (plan.windows().length + 1);
        for (ViewPlan.Extreme extreme : plan.extremes()) {
            bytes += (long) ExtremeTree.bytesOfLabel(extreme.function()) * plan.windows().length;
        }
        return bytes;
    }

    /// The first label at which an event that happened at `time` and was created at `created` is known, or
    /// -1 when that is after the key's last label.
    int slot(int key, long time, long created) {
        int at = firstFrom(starts[key], starts[key + 1], Math.max(time + delay, created));
        return at == starts[key + 1] ? -1 : at;
    }

    /// A fold's scratch space for one thread.
    Scratch scratch() {
        return new Scratch(new WholeEvent(plan.measures().size()), new long[stride]);
    }

    /// What one thread reuses for each event.
    static final class Scratch {
        private final WholeEvent event;
        private final long[] row;

        private Scratch(WholeEvent event, long[] row) {
            this.event = event;
            this.row = row;
        }

        /// To be filled and given to [#add].
        WholeEvent event() {
            return event;
        }
    }

    /// Adds the event in the scratch space to its key's labels.
    void add(int key, Scratch scratch) {
        WholeEvent event = scratch.event();
        int end = starts[key + 1];
        int first = slot(key, event.time, event.created);
        if (first < 0) {
            return;
        }
        cells.of(event, scratch.row);
        long happened = event.time + delay;
        synchronized (locks[key & (STRIPES - 1)]) {
            cells.add(enter, first * stride, scratch.row, 0);
            int from = first;
            for (int window = 0; window < windows.length; window++) {
                int until = window < bounded ? firstFrom(from, end, happened + windows[window]) : end;
                // The next window is longer: its end cannot come before this one's.
                from = until;
                if (until < end) {
                    cells.add(leave[window], until * stride, scratch.row, 0);
                }
                if (until > first && !extremes.isEmpty()) {
                    offer(key, window, first, until, event);
                }
            }
        }
    }

    /// Adds events of one key and value, all first known to the label `first`.
    ///
    /// @param word where the value's measure is counted
    /// @param newest the time of the newest of them
    /// @param before the time of the newest event of this key and value known to earlier labels, or `NONE`
    void addDistinct(int key, int word, int first, long newest, long before) {
        int end = starts[key + 1];
        synchronized (locks[key & (STRIPES - 1)]) {
            for (int window = 0; window < windows.length; window++) {
                if (window >= bounded) {
                    enter[first * stride + word] += before == NONE ? 1 : 0;
                    continue;
                }
                // Labels up to here have the value already from the earlier events.
                int from = before == NONE ? first : firstFrom(first, end, before + delay + windows[window]);
                int until = firstFrom(first, end, newest + delay + windows[window]);
                if (until > from) {
                    leave[window][from * stride + word]--;
                    if (until < end) {
                        leave[window][until * stride + word]++;
                    }
                }
            }
        }
    }

    /// Finishes every feature of the labels of keys `[fromKey, toKey)`.
    ///
    /// @param outs for each feature of the plan, what takes a label's value
    void finish(int fromKey, int toKey, List<? extends Target> outs) {
        long[] known = new long[stride];
        long[][] left = new long[windows.length][stride];
        long[] window = new long[stride * windows.length];
        List<ViewPlan.Output> outputs = plan.outputs();
        double[] numbers = new double[outputs.size()];
        List<Out> kept = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            kept.add(new Remembering(outs.get(i), numbers, i, outputs.get(i).type()));
        }
        Map<Integer, Integer> distincts = plan.distincts();
        for (int key = fromKey; key < toKey; key++) {
            Arrays.fill(known, 0);
            for (long[] each : left) {
                Arrays.fill(each, 0);
            }
            for (int label = starts[key]; label < starts[key + 1]; label++) {
                advance(label, known, left, window, distincts);
                for (Target out : outs) {
                    out.at(label);
                }
                finishLabel(key, label, outputs, window, numbers, kept);
            }
        }
    }

    /// Takes values of one label after another.
    interface Target extends Out {
        /// The label whose value comes next.
        void at(int label);
    }

    private void advance(int label, long[] known, long[][] left, long[] window, Map<Integer, Integer> distincts) {
        cells.add(known, 0, enter, label * stride);
        for (int w = 0; w < windows.length; w++) {
            System.arraycopy(known, 0, window, w * stride, stride);
            // Different values of bounded windows are counted in what leaves, for they enter it differently.
            if (w < bounded) {
                for (int word : distincts.values()) {
                    window[w * stride + word] = 0;
                }
                cells.add(left[w], 0, leave[w], label * stride);
                cells.subtract(window, w * stride, left[w], 0);
            }
        }
    }

    private void finishLabel(
            int key, int label, List<ViewPlan.Output> outputs, long[] window, double[] numbers, List<Out> kept) {
        if (!plan.isAlive(window)) {
            kept.forEach(Out::ofNull);
            return;
        }
        for (int i = 0; i < outputs.size(); i++) {
            switch (outputs.get(i)) {
                case ViewPlan.Output.OfCells output ->
                    Finish.cells(plan, output, window, output.window() * stride, kept.get(i));
                case ViewPlan.Output.OfExtreme output -> extreme(key, label, output, kept.get(i));
                case ViewPlan.Output.OfRatio _ -> {}
            }
        }
        for (int i = 0; i < outputs.size(); i++) {
            if (outputs.get(i) instanceof ViewPlan.Output.OfRatio ratio) {
                Finish.ratio(ratio, numbers[ratio.numerator()], numbers[ratio.denominator()], kept.get(i));
            }
        }
    }

    private void extreme(int key, int label, ViewPlan.Output.OfExtreme output, Out out) {
        ExtremeTree tree = trees[output.extreme()][output.window()];
        Measure measure = plan.measures().get(extremes.get(output.extreme()).measure());
        int node = tree.best(starts[key], starts[key + 1], label);
        if (node < 0) {
            Finish.missing(output, out);
        } else if (measure.kind() == Measure.Kind.TEXT) {
            out.ofObject(tree.text(node));
        } else if (measure.kind() == Measure.Kind.DOUBLE) {
            out.ofDouble(Double.longBitsToDouble(tree.bits(node)));
        } else {
            out.ofLong(tree.bits(node));
        }
    }

    private void offer(int key, int window, int from, int to, WholeEvent event) {
        for (int i = 0; i < extremes.size(); i++) {
            int measure = extremes.get(i).measure();
            ExtremeTree tree = trees[i][window];
            if (tree != null && !event.isNull(measure)) {
                long bits = event.bits[measure];
                tree.offer(
                        starts[key],
                        starts[key + 1],
                        from,
                        to,
                        new ExtremeTree.Value(
                                event.time,
                                event.created,
                                Finish.ordered(plan.measures().get(measure), bits),
                                bits,
                                event.texts[measure]));
            }
        }
    }

    private boolean isWanted(int extreme, int window) {
        return plan.outputs().stream()
                .anyMatch(output -> output instanceof ViewPlan.Output.OfExtreme of
                        && of.extreme() == extreme
                        && of.window() == window);
    }

    private int firstFrom(int from, int to, long time) {
        int low = from;
        int high = to;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (times[middle] < time) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
