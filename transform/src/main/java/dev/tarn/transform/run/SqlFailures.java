package dev.tarn.transform.run;

import dev.tarn.core.error.TarnException;
import dev.tarn.query.SqlError;
import io.trino.spi.Location;
import java.util.Optional;
import java.util.regex.Pattern;

/// Says where in a model's own file the SQL engine found fault.
final class SqlFailures {
    private static final Pattern POSITION = Pattern.compile("^line \\d+:\\d+: ");

    private SqlFailures() {}

    /// @param linesBefore lines of the statement before the node's SQL
    static TarnException located(CompiledNode compiled, int linesBefore, TarnException failure) {
        SqlError error = SqlError.of(failure);
        Optional<Location> location = error.location();
        String message = POSITION.matcher(String.valueOf(failure.getMessage())).replaceFirst("");
        String path = compiled.node().path();
        if (location.isEmpty()) {
            return failure.in("model", compiled.node().name());
        }
        int sqlLine = location.get().lineNumber() - linesBefore;
        TarnException located = new TarnException(
                failure.code(), path + ":" + compiled.sourceLine(Math.max(1, sqlLine)) + ": " + message, failure);
        failure.context().forEach(located::in);
        // The file is written when the run ends, also when it fails.
        return located.in("model", compiled.node().name())
                .in("compiled", "target/" + CompiledNode.file(compiled.node()) + ":" + Math.max(1, sqlLine));
    }
}
