package dev.tarn.server;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// How far each face is: the states that `/health` shows.
public final class Readiness {
    /// What a face can do now.
    public enum State {
        /// It answers, or waits, until what it stands on has started.
        STARTING,
        READY,
        /// What it stands on could not start; the log says why.
        FAILED
    }

    private final Map<String, Supplier<State>> faces = new ConcurrentHashMap<>();

    /// Adds a face that needs nothing to start.
    public void ready(String face) {
        faces.put(face, () -> State.READY);
    }

    /// Adds a face whose state changes.
    public void watch(String face, Supplier<State> state) {
        faces.put(face, state);
    }

    /// The states now, by name.
    public Map<String, State> states() {
        Map<String, State> states = new LinkedHashMap<>();
        faces.keySet().stream()
                .sorted()
                .forEach(face -> states.put(face, faces.get(face).get()));
        return states;
    }

    /// Whether all faces are ready.
    public boolean allReady() {
        return states().values().stream().allMatch(state -> state == State.READY);
    }
}
