package dev.tarn.orchestrate;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// A clock that tests set, and that goes on by what is waited for, at once.
public final class SetTiming implements Timing {
    private volatile Instant now;
    private final List<Duration> pauses = new CopyOnWriteArrayList<>();

    public SetTiming(String now) {
        this.now = Instant.parse(now);
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public void pause(Duration time) {
        pauses.add(time);
        now = now.plus(time);
    }

    public void set(String instant) {
        now = Instant.parse(instant);
    }

    public void pass(Duration time) {
        now = now.plus(time);
    }

    /// What was waited for.
    public List<Duration> pauses() {
        return pauses;
    }
}
