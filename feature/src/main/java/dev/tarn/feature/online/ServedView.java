package dev.tarn.feature.online;

import dev.tarn.core.feature.FeatureValue;
import dev.tarn.feature.CompiledView;
import dev.tarn.feature.window.Cells;
import dev.tarn.feature.window.EventCodec;
import dev.tarn.feature.window.Finish;
import dev.tarn.feature.window.Out;
import dev.tarn.feature.window.ViewPlan;
import dev.tarn.feature.window.WindowFold;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// One view as it is served: how its events are read, and how they become values.
final class ServedView {
    private final CompiledView view;
    private final EventCodec codec;
    private final Cells cells;
    /// What the name of a space of this view's events starts with, as they are defined now.
    private final String prefix;
    private volatile Position position = new Position("", 0);

    /// A position's text, and the newest snapshot in it.
    private record Position(String text, long snapshotId) {}

    ServedView(CompiledView view) {
        this.view = view;
        this.codec = new EventCodec(view.plan());
        this.cells = new Cells(view.plan());
        CRC32C hash = new CRC32C();
        // What an event holds; another text here means that the stored events are of no use.
        String shape =
                view.projection().sql() + view.plan().measures() + view.plan().horizonUs();
        hash.update(shape.getBytes(StandardCharsets.UTF_8));
        this.prefix = view.view().name() + "@" + Long.toHexString(hash.getValue()) + ".";
    }

    CompiledView view() {
        return view;
    }

    EventCodec codec() {
        return codec;
    }

    /// A name for a space of this view's events, as they are defined now.
    String space(long generation) {
        return prefix + generation;
    }

    /// The generation in a space's name.
    static long generation(String space) {
        return Long.parseLong(space, space.lastIndexOf('.') + 1, space.length(), 10);
    }

    /// Whether a space holds events as they are defined now.
    boolean fits(String space) {
        return space.startsWith(prefix);
    }

    /// Whether a space belongs to this view, as it is defined now or was before.
    boolean owns(String space) {
        return space.startsWith(view.view().name() + "@");
    }

    /// The newest snapshot in a position, which is the same one most of the time.
    long snapshotId(String positionText) {
        Position last = position;
        if (!last.text().equals(positionText)) {
            last = new Position(positionText, FillPosition.parse(positionText).snapshotId());
            position = last;
        }
        return last.snapshotId();
    }

    /// The newest event that any window could need is younger than this, at an instant.
    long afterUs(long atUs) {
        long horizon = Math.max(view.plan().horizonUs(), 0);
        return horizon >= ViewPlan.UNBOUNDED ? Long.MIN_VALUE : atUs - horizon;
    }

    /// All features of one entity, in the order of the plan's outputs.
    List<FeatureValue> values(OnlineStore.Events events, long atUs, long snapshotId) {
        WindowFold fold = new WindowFold(view.plan(), cells, codec, atUs);
        fold.fold(events.bytes(), events.length());
        List<ViewPlan.Output> outputs = view.plan().outputs();
        List<Boxing> boxes = new ArrayList<>(outputs.size());
        for (ViewPlan.Output output : outputs) {
            boxes.add(new Boxing(output.type()));
        }
        fold.finish(boxes);
        boolean known = fold.newest() != Long.MIN_VALUE;
        boolean alive = fold.isAlive();
        Instant newest = known ? (Instant) Finish.boxed("timestamp", fold.newest()) : null;
        List<FeatureValue> values = new ArrayList<>(outputs.size());
        for (Boxing box : boxes) {
            FeatureValue.Status status = !known
                    ? FeatureValue.Status.NOT_FOUND
                    : !alive
                            ? FeatureValue.Status.OUTSIDE_MAX_AGE
                            : box.value == null ? FeatureValue.Status.NULL_VALUE : FeatureValue.Status.PRESENT;
            values.add(new FeatureValue(box.value, status, newest, snapshotId));
        }
        return values;
    }

    private static final class Boxing implements Out {
        private final String type;
        private @Nullable Object value;

        private Boxing(String type) {
            this.type = type;
        }

        @Override
        public void ofNull() {
            value = null;
        }

        @Override
        public void ofLong(long bits) {
            value = Finish.boxed(type, bits);
        }

        @Override
        public void ofDouble(double number) {
            value = number;
        }

        @Override
        public void ofObject(Object object) {
            value = object;
        }
    }
}
