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

/// All windows of many labels at once, from events in any order.
///
/// A window's sum is that of all events up to its end without those up to its start. So the starts and ends of
/// all windows of a key's labels, in their order, cut time into intervals; an event is added to one interval,
/// and a running sum over the intervals then gives every window. That needs memory for the labels only, one pass
/// over the events, and no sort of them. Only exact sums allow it.
///
/// What time alone does not decide is corrected by ranges of labels: events that were created later than they
/// count from, and different values.
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
    private final int edgesOfLabel;
    /// Where each label's windows end, and where each of them starts, in microseconds: ascending within a key, and the
    /// keys one after the other.
    private final long[] edges;
    /// The sum of the events after the edge before and up to this one.
    private final long[] sums;
    /// For each window, what is added to it from a label on; empty when time alone decides.
    private final long[][] corrections;
    private final ExtremeTree[][] trees;
    private final List<ViewPlan.Extreme> extremes;
    private final Object[] locks = new Object[STRIPES];

    /// @param starts for each key, where its labels start; one entry more than keys
    /// @param times the labels' times in microseconds, ascending within a key
    LabelFold(ViewPlan plan, int[] starts, long[] times) {
        this.plan = plan;
        this.cells = new Cells(plan);
        this.windows = plan.windows();
        this.bounded = bounded(plan);
        this.stride = plan.stride();
        this.delay = plan.delayUs();
        this.starts = starts;
        this.times = times;
        this.edgesOfLabel = bounded + 1;
        this.edges = edges();
        this.sums = new long[Math.multiplyExact(edges.length, stride)];
        this.corrections = isCorrected(plan) ? new long[windows.length][times.length * stride] : new long[0][];
        this.extremes = plan.extremes();
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

    private long[] edges() {
        long[] all = new long[Math.multiplyExact(times.length, edgesOfLabel)];
        for (int label = 0; label < times.length; label++) {
            for (int window = 0; window < bounded; window++) {
                all[label * edgesOfLabel + window] = times[label] - delay - windows[window];
            }
            all[label * edgesOfLabel + bounded] = times[label] - delay;
        }
        for (int key = 0; key < starts.length - 1; key++) {
            Arrays.sort(all, starts[key] * edgesOfLabel, starts[key + 1] * edgesOfLabel);
        }
        return all;
    }

    /// How many of the windows have a start.
    private static int bounded(ViewPlan plan) {
        long[] windows = plan.windows();
        return windows.length > 0 && windows[windows.length - 1] == ViewPlan.UNBOUNDED
                ? windows.length - 1
                : windows.length;
    }

    private static boolean isCorrected(ViewPlan plan) {
        return plan.view().createdTime().isPresent() || !plan.distincts().isEmpty();
    }

    /// The 8-byte words of the longest array that the fold of a plan takes, for each label.
    static int wordsOfLabel(ViewPlan plan) {
        return Math.max(2, plan.stride() * (bounded(plan) + 1));
    }

    /// The bytes that the fold of a plan takes for each label.
    static long bytesOfLabel(ViewPlan plan) {
        long bytes = 8 + 8L * (bounded(plan) + 1) + 8L * wordsOfLabel(plan);
        if (isCorrected(plan)) {
            bytes += 8L * plan.stride() * plan.windows().length;
        }
        for (ViewPlan.Extreme extreme : plan.extremes()) {
            bytes += (long) ExtremeTree.bytesOfLabel(extreme.function()) * plan.windows().length;
        }
        return bytes;
    }

    /// The first label at which an event that happened at `time` and was created at `created` is known, or
    /// -1 when that is after the key's last label.
    int slot(int key, long time, long created) {
        int at = firstFrom(times, starts[key], starts[key + 1], Math.max(time + delay, created));
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
        int last = starts[key + 1] * edgesOfLabel;
        int edge = firstFrom(edges, starts[key] * edgesOfLabel, last, event.time);
        boolean late = event.created > event.time + delay;
        if (edge == last || (late && slot(key, event.time, event.created) < 0)) {
            return;
        }
        cells.of(event, scratch.row);
        synchronized (locks[key & (STRIPES - 1)]) {
            cells.add(sums, edge * stride, scratch.row, 0);
            if (late) {
                leaveOutUntilCreated(key, event, scratch.row);
            }
            if (!extremes.isEmpty()) {
                offer(key, event);
            }
        }
    }

    /// Labels between an event's time and its creation do not know it.
    private void leaveOutUntilCreated(int key, WholeEvent event, long[] row) {
        long happened = event.time + delay;
        int end = starts[key + 1];
        int from = firstFrom(times, starts[key], end, happened);
        int known = firstFrom(times, from, end, event.created);
        for (int window = 0; window < windows.length; window++) {
            int until = window < bounded ? firstFrom(times, from, known, happened + windows[window]) : known;
            if (until > from) {
                cells.subtract(corrections[window], from * stride, row, 0);
                if (until < end) {
                    cells.add(corrections[window], until * stride, row, 0);
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
                    corrections[window][first * stride + word] += before == NONE ? 1 : 0;
                    continue;
                }
                // Labels up to here have the value already from the earlier events.
                int from = before == NONE ? first : firstFrom(times, first, end, before + delay + windows[window]);
                int until = firstFrom(times, first, end, newest + delay + windows[window]);
                if (until > from) {
                    corrections[window][from * stride + word]++;
                    if (until < end) {
                        corrections[window][until * stride + word]--;
                    }
                }
            }
        }
    }

    /// Finishes every feature of the labels of keys `[fromKey, toKey)`; once for each key, when all events were added.
    ///
    /// @param outs for each feature of the plan, what takes a label's value
    void finish(int fromKey, int toKey, List<? extends Target> outs) {
        int[] at = new int[edgesOfLabel];
        long[][] corrected = new long[corrections.length][stride];
        long[] window = new long[stride * windows.length];
        List<ViewPlan.Output> outputs = plan.outputs();
        double[] numbers = new double[outputs.size()];
        List<Out> kept = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            kept.add(new Remembering(outs.get(i), numbers, i, outputs.get(i).type()));
        }
        for (int key = fromKey; key < toKey; key++) {
            int firstEdge = starts[key] * edgesOfLabel;
            for (int edge = firstEdge + 1; edge < starts[key + 1] * edgesOfLabel; edge++) {
                cells.add(sums, edge * stride, sums, (edge - 1) * stride);
            }
            Arrays.fill(at, firstEdge);
            for (long[] each : corrected) {
                Arrays.fill(each, 0);
            }
            for (int label = starts[key]; label < starts[key + 1]; label++) {
                advance(label, at, corrected, window);
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

    /// Computes the windows of the next label of a key.
    ///
    /// @param at for each edge of the label before, where it is among the key's edges
    /// @param corrected for each window, the sum of the corrections so far
    private void advance(int label, int[] at, long[][] corrected, long[] window) {
        long until = times[label] - delay;
        at[bounded] = reached(at[bounded], until);
        for (int w = 0; w < windows.length; w++) {
            System.arraycopy(sums, at[bounded] * stride, window, w * stride, stride);
            if (w < bounded) {
                at[w] = reached(at[w], until - windows[w]);
                cells.subtract(window, w * stride, sums, at[w] * stride);
            }
            if (corrected.length > 0) {
                cells.add(corrected[w], 0, corrections[w], label * stride);
                cells.add(window, w * stride, corrected[w], 0);
            }
        }
    }

    /// The edge at a time, which is there, from an earlier one on.
    private int reached(int edge, long time) {
        int reached = edge;
        while (edges[reached] < time) {
            reached++;
        }
        return reached;
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

    private void offer(int key, WholeEvent event) {
        int end = starts[key + 1];
        int first = slot(key, event.time, event.created);
        if (first < 0) {
            return;
        }
        int until = first;
        for (int window = 0; window < windows.length; window++) {
            // The next window is longer: its end cannot come before this one's.
            until = window < bounded ? firstFrom(times, until, end, event.time + delay + windows[window]) : end;
            if (until > first) {
                offer(key, window, first, until, event);
            }
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

    /// The first of some ascending moments, from `from` to `to`, that is not before a time.
    private static int firstFrom(long[] moments, int from, int to, long time) {
        int low = from;
        int high = to;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (moments[middle] < time) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
