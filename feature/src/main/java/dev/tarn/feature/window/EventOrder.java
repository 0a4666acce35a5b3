package dev.tarn.feature.window;

import java.util.Arrays;

/// The orders in which events are compared where more than one could be taken. All are total up to
/// events that are equal in everything, so that no answer depends on the order of arrival in a file.
public final class EventOrder {
    private EventOrder() {}

    /// Whether an event is later than another: by event time, then created time, then the greater value.
    public static boolean later(long time, long created, int byValue, long otherTime, long otherCreated) {
        if (time != otherTime) {
            return time > otherTime;
        }
        return created != otherCreated ? created > otherCreated : byValue > 0;
    }

    /// The order among rows with one id; the least counts: by created time, event time, then all measures.
    static int arrival(ViewPlan plan, PackedEvent one, PackedEvent other) {
        int order = Long.compare(one.created, other.created);
        order = order != 0 ? order : Long.compare(one.time, other.time);
        for (int i = 0; order == 0 && i < plan.measures().size(); i++) {
            order = Boolean.compare(one.isNull(i), other.isNull(i));
            if (order == 0 && !one.isNull(i)) {
                Measure measure = plan.measures().get(i);
                order = measure.kind() == Measure.Kind.TEXT
                        ? one.compareText(i, other)
                        : Long.compare(Finish.ordered(measure, one.bits[i]), Finish.ordered(measure, other.bits[i]));
            }
        }
        return order;
    }

    /// The order of texts by code point, as SQL has it; `String.compareTo` differs above U+FFFF.
    public static int compareText(String one, String other) {
        int common = Math.min(one.length(), other.length());
        int at = 0;
        while (at < common && one.charAt(at) == other.charAt(at)) {
            at++;
        }
        if (at == common) {
            return Integer.compare(one.length(), other.length());
        }
        if (!Character.isSurrogate(one.charAt(at)) && !Character.isSurrogate(other.charAt(at))) {
            return Character.compare(one.charAt(at), other.charAt(at));
        }
        return Arrays.compareUnsigned(
                one.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                other.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}
