package dev.tarn.bench;

import dev.tarn.interop.differential.Answer;
import dev.tarn.interop.differential.Engine;

/// Servers that speak Trino's protocol, asked in one way.
final class Peers {
    private Peers() {}

    /// Runs a statement to its end and gives its rows as text.
    static String ask(Engine engine, String statement) throws Exception {
        Answer answer = engine.run(statement);
        if (answer instanceof Answer.Failure failure) {
            throw new IllegalStateException(engine.name() + ": " + statement + "\n" + failure);
        }
        return ((Answer.Rows) answer).rows().toString();
    }
}
