package dev.tarn.orchestrate;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// The time, and waiting for it: what tests set and skip.
public interface Timing extends InstantSource {
    /// Waits.
    void pause(Duration time) throws InterruptedException;

    /// This machine's clock.
    static Timing system() {
        return new Timing() {
            @Override
            public Instant instant() {
                return Instant.now();
            }

            @Override
            public void pause(Duration time) throws InterruptedException {
                Thread.sleep(time);
            }
        };
    }
}
