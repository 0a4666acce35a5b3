package dev.tarn.feature.window;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All windows of one entity at one instant, folded from its events in any order, where they lie in memory.
///
/// An event takes part at instant `t` in a window of length `w` of a view with delay `d` when
/// `t - d - w < time <= t - d` and `created <= t`: see `docs/concepts/point-in-time.md`.
public final class WindowFold {
    private final ViewPlan plan;
    private final Cells cells;
    private final EventCodec codec;
    private final long[] row;
    private final long[] windows;
    private final long until;
    private final long at;
    private final long[] sums;
    private final @Nullable Found[][] found;
    private final int[] distincts;
    private final Different[] numbers;
    private final List<Map<String, Integer>> texts;
    private final PackedEvent event;
    private final PackedEvent other;
    private byte[] bytes = new byte[0];
    private long newest = Long.MIN_VALUE;

    /// The best value of an extreme so far.
    private static final class Found {
        private long time;
        private long created;
        private long bits;
        private int textFrom;
        private int textTo;
    }

    /// @param atUs the instant, in microseconds
    public WindowFold(ViewPlan plan, Cells cells, EventCodec codec, long atUs) {
        this.plan = plan;
        this.cells = cells;
        this.codec = codec;
        this.at = atUs;
        this.until = atUs - plan.delayUs();
        this.windows = plan.windowsUs();
        this.row = new long[plan.stride()];
        this.sums = new long[plan.stride() * windows.length];
        this.found = new Found[plan.extremes().size()][windows.length];
        this.distincts =
                plan.distincts().keySet().stream().mapToInt(Integer::intValue).toArray();
        this.numbers = new Different[distincts.length];
        Arrays.setAll(numbers, _ -> new Different());
        this.texts = plan.distincts().keySet().stream()
                .<Map<String, Integer>>map(_ -> new HashMap<>())
                .toList();
        this.event = new PackedEvent(plan.measures().size());
        this.other = new PackedEvent(plan.measures().size());
    }

    /// Folds all events of the entity, as [EventCodec] wrote them; called once, or not at all for none.
    ///
    /// @param length how many of the bytes count
    /// @throws dev.tarn.core.error.TarnException `DATA_CORRUPT`
    public void fold(byte[] packed, int length) {
        bytes = packed;
        int[] firsts = plan.view().id().isPresent() ? new int[slots(packed, length)] : new int[0];
        for (int start = 0; start < length; start = EventCodec.end(packed, start, length)) {
            EventCodec.end(packed, start, length);
            long time = EventCodec.time(packed, start);
            if (time > until || EventCodec.created(packed, start) > at) {
                continue;
            }
            newest = Math.max(newest, time);
            if (firsts.length == 0 || !keep(firsts, start)) {
                fold(start, time);
            }
        }
        for (int slot : firsts) {
            if (slot > 0) {
                fold(slot - 1, EventCodec.time(packed, slot - 1));
            }
        }
        accumulate();
    }

    /// The time of the newest event seen, or `Long.MIN_VALUE`.
    public long newest() {
        return newest;
    }

    /// Whether the view's time to live has not run out.
    public boolean isAlive() {
        return plan.isAlive(sums);
    }

    /// Writes every feature, in the order of the plan's outputs.
    public void finish(List<? extends Out> outs) {
        if (!isAlive()) {
            outs.forEach(Out::ofNull);
            return;
        }
        double[] operands = new double[outs.size()];
        Arrays.fill(operands, Double.NaN);
        List<ViewPlan.Output> outputs = plan.outputs();
        for (int i = 0; i < outs.size(); i++) {
            ViewPlan.Output each = outputs.get(i);
            Out kept = plan.isOperand(i) ? new Remembering(outs.get(i), operands, i, each.type()) : outs.get(i);
            switch (each) {
                case ViewPlan.Output.OfCells output ->
                    Finish.cells(plan, output, sums, output.window() * plan.stride(), kept);
                case ViewPlan.Output.OfExtreme output -> extreme(output, kept);
                case ViewPlan.Output.OfRatio _ -> {}
            }
        }
        for (int i = 0; i < outs.size(); i++) {
            if (outputs.get(i) instanceof ViewPlan.Output.OfRatio ratio) {
                Finish.ratio(ratio, operands[ratio.numerator()], operands[ratio.denominator()], outs.get(i));
            }
        }
    }

    /// A power of two, at least twice the number of events.
    private static int slots(byte[] packed, int length) {
        int events = 0;
        for (int start = 0; start < length; start = EventCodec.end(packed, start, length)) {
            events++;
        }
        return Integer.highestOneBit(Math.max(1, events)) * 4;
    }

    /// Keeps of the events of one id the one that arrived first; false for an event without an id.
    ///
    /// @param firsts where the events kept so far start, and one, by the hash of their ids
    private boolean keep(int[] firsts, int start) {
        codec.read(bytes, start, event);
        if (!event.hasId()) {
            return false;
        }
        int slot = event.idHash() & (firsts.length - 1);
        for (; firsts[slot] != 0; slot = (slot + 1) & (firsts.length - 1)) {
            codec.read(bytes, firsts[slot] - 1, other);
            if (event.hasIdOf(other)) {
                firsts[slot] = EventOrder.arrival(plan, event, other) < 0 ? start + 1 : firsts[slot];
                return true;
            }
        }
        firsts[slot] = start + 1;
        return true;
    }

    private void fold(int start, long time) {
        int window = 0;
        while (window < windows.length && time <= until - windows[window]) {
            window++;
        }
        boolean summed = window <= plan.longestOfCells();
        if (!summed && !mayBeFound(window, time)) {
            return;
        }
        codec.read(bytes, start, event);
        if (summed) {
            cells.of(event, row);
            cells.add(sums, window * plan.stride(), row, 0);
            for (int i = 0; i < distincts.length; i++) {
                if (!event.isNull(distincts[i])) {
                    distinct(i, window);
                }
            }
        }
        List<ViewPlan.Extreme> extremes = plan.extremes();
        for (int i = 0; i < extremes.size(); i++) {
            if (window <= plan.longestOfExtreme(i)
                    && !event.isNull(extremes.get(i).measure())) {
                offer(i, window, extremes.get(i));
            }
        }
    }

    /// Whether an event could be an extreme of a window: not when only last values are asked for, and later ones are
    /// known.
    private boolean mayBeFound(int window, long time) {
        List<ViewPlan.Extreme> extremes = plan.extremes();
        for (int i = 0; i < extremes.size(); i++) {
            if (window <= plan.longestOfExtreme(i)) {
                Found best = found[i][window];
                if (best == null || extremes.get(i).isExtremeByValue() || best.time <= time) {
                    return true;
                }
            }
        }
        return false;
    }

    private void distinct(int each, int window) {
        int measure = distincts[each];
        switch (plan.measures().get(measure).kind()) {
            case TEXT -> texts.get(each).merge(event.text(measure), window, Math::min);
            // -0.0 is 0.0, and every NaN is the same.
            case DOUBLE ->
                numbers[each].add(Double.doubleToLongBits(Double.longBitsToDouble(event.bits[measure]) + 0.0), window);
            case LONG -> numbers[each].add(event.bits[measure], window);
        }
    }

    private void offer(int extreme, int window, ViewPlan.Extreme kind) {
        Found best = found[extreme][window];
        if (best != null && !isBetter(kind, best)) {
            return;
        }
        if (best == null) {
            best = new Found();
            found[extreme][window] = best;
        }
        best.time = event.time;
        best.created = event.created;
        best.bits = event.bits[kind.measure()];
        best.textFrom = event.textFrom[kind.measure()];
        best.textTo = event.textTo[kind.measure()];
    }

    private boolean isBetter(ViewPlan.Extreme kind, Found best) {
        int measure = kind.measure();
        return isBetter(
                kind,
                event.time,
                event.created,
                event.bits[measure],
                event.textFrom[measure],
                event.textTo[measure],
                best);
    }

    private boolean isBetter(
            ViewPlan.Extreme kind, long time, long created, long bits, int textFrom, int textTo, Found best) {
        Measure measure = plan.measures().get(kind.measure());
        int byValue = measure.kind() == Measure.Kind.TEXT
                ? Arrays.compareUnsigned(bytes, textFrom, textTo, bytes, best.textFrom, best.textTo)
                : Long.compare(Finish.ordered(measure, bits), Finish.ordered(measure, best.bits));
        return switch (kind.function()) {
            case MIN -> byValue < 0;
            case MAX -> byValue > 0;
            default -> EventOrder.later(time, created, byValue, best.time, best.created);
        };
    }

    /// Makes each window hold the shorter ones: exact, because the cells are.
    private void accumulate() {
        int stride = plan.stride();
        for (int window = 1; window < windows.length; window++) {
            cells.add(sums, window * stride, sums, (window - 1) * stride);
        }
        for (int i = 0; i < distincts.length; i++) {
            int[] counts = new int[windows.length];
            numbers[i].count(counts);
            for (int window : texts.get(i).values()) {
                counts[window]++;
            }
            int word = plan.distincts().getOrDefault(distincts[i], 0);
            long different = 0;
            for (int window = 0; window < windows.length; window++) {
                different += counts[window];
                sums[window * stride + word] += different;
            }
        }
    }

    private void extreme(ViewPlan.Output.OfExtreme output, Out out) {
        ViewPlan.Extreme kind = plan.extremes().get(output.extreme());
        Found best = null;
        for (int window = 0; window <= output.window(); window++) {
            Found each = found[output.extreme()][window];
            if (each != null
                    && (best == null
                            || isBetter(kind, each.time, each.created, each.bits, each.textFrom, each.textTo, best))) {
                best = each;
            }
        }
        if (best == null) {
            Finish.missing(output, out);
            return;
        }
        switch (plan.measures().get(kind.measure()).kind()) {
            case TEXT ->
                out.ofObject(new String(
                        bytes, best.textFrom, best.textTo - best.textFrom, java.nio.charset.StandardCharsets.UTF_8));
            case DOUBLE -> out.ofDouble(Double.longBitsToDouble(best.bits));
            case LONG -> out.ofLong(best.bits);
        }
    }
}
