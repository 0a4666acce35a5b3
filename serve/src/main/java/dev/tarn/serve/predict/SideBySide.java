package dev.tarn.serve.predict;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.error.TarnException;
import dev.tarn.serve.predict.ServiceFile.Share;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/// A second version beside the one that answers, and what came of it since the service started: how many
/// predictions it made or failed at, and, for a shadow, how far from those that were answered they lie.
final class SideBySide {
    private final Share share;
    private final LiveModel model;
    private final LongAdder predictions = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder compared = new LongAdder();
    private final DoubleAdder distance = new DoubleAdder();

    SideBySide(Share share, LiveModel model) {
        this.share = share;
        this.model = model;
    }

    /// Whether a draw from 0 to 100 falls to it.
    boolean takes(double draw) {
        return draw < share.percent();
    }

    LiveModel model() {
        return model;
    }

    String alias() {
        return share.alias();
    }

    void predicted() {
        predictions.increment();
    }

    /// Notes a shadow's prediction beside the one that was answered.
    void predicted(double own, double answered) {
        predictions.increment();
        compared.increment();
        distance.add(Math.abs(own - answered));
    }

    void failed() {
        failures.increment();
    }

    void describe(ObjectNode json) {
        json.put("alias", share.alias()).put("percent", share.percent());
        try {
            json.put("version", model.get().version());
        } catch (TarnException e) {
            json.put("error", e.describe());
        }
        json.put("predictions", predictions.sum()).put("failures", failures.sum());
        long pairs = compared.sum();
        if (pairs > 0) {
            json.put("mean_distance", distance.sum() / pairs);
        }
    }
}
