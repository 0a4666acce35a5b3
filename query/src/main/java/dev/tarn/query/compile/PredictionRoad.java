package dev.tarn.query.compile;

import dev.tarn.core.model.ServedModel;
import dev.tarn.core.model.ServedModel.Kind;
import dev.tarn.query.plan.Predictions;
import io.trino.sql.ir.Call;
import io.trino.sql.ir.Expression;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.duckdb.DuckDBDataChunkReader;
import org.duckdb.DuckDBReadableVector;
import org.duckdb.DuckDBWritableVector;
import org.jspecify.annotations.Nullable;

/// A model's prediction as a function that DuckDB calls with its vectors.
final class PredictionRoad {
    private final String catalog;
    private final Predictions predictions;
    private final JavaFunctions functions;
    private final JavaFunctions.Held held;
    private final Set<String> used = new TreeSet<>();

    PredictionRoad(String catalog, Predictions predictions, JavaFunctions functions, JavaFunctions.Held held) {
        this.catalog = catalog;
        this.predictions = predictions;
        this.functions = functions;
        this.held = held;
    }

    /// The call in DuckDB's SQL; empty when it is no prediction.
    Optional<String> call(Call call, Function<Expression, String> compile) {
        return predictions.of(catalog, call).map(model -> {
            String version = model.name() + " version " + model.version();
            used.add(version);
            return held.add(functions.function(
                            "prediction " + version,
                            model.inputs().stream()
                                    .map(input -> carrier(input.kind()))
                                    .toList(),
                            Carrier.DOUBLE,
                            true,
                            () -> vectorized(model)))
                    .call(call.arguments().stream().map(compile).toList());
        });
    }

    /// The versions that the statement predicts with, such as `card_fraud version 3`.
    Set<String> used() {
        return used;
    }

    private static Carrier carrier(Kind kind) {
        return switch (kind) {
            case NUMBER -> Carrier.DOUBLE;
            case BOOLEAN -> Carrier.BOOLEAN;
            case CATEGORY -> Carrier.TEXT;
        };
    }

    private static JavaFunctions.Body vectorized(ServedModel model) {
        List<Kind> kinds = model.inputs().stream().map(ServedModel.Input::kind).toList();
        return (rows, out) -> predict(model, kinds, rows, out);
    }

    private static void predict(
            ServedModel model, List<Kind> kinds, DuckDBDataChunkReader rows, DuckDBWritableVector out) {
        int count = Math.toIntExact(rows.rowCount());
        DuckDBReadableVector[] vectors = new DuckDBReadableVector[kinds.size()];
        for (int i = 0; i < vectors.length; i++) {
            // The first is the function's number.
            vectors[i] = rows.vector(i + 1L);
        }
        @Nullable Object[] values = new Object[vectors.length];
        for (int row = 0; row < count; row++) {
            for (int i = 0; i < vectors.length; i++) {
                values[i] = vectors[i].isNull(row)
                        ? null
                        : switch (kinds.get(i)) {
                            case NUMBER -> (Object) vectors[i].getDouble(row);
                            case BOOLEAN -> vectors[i].getBoolean(row);
                            case CATEGORY -> vectors[i].getString(row);
                        };
            }
            out.setDouble(row, model.predict(values));
        }
    }
}
