package dev.tarn.query.compile;

import io.airlift.slice.Slice;
import io.trino.spi.StandardErrorCode;
import io.trino.sql.ir.Call;
import io.trino.sql.ir.Constant;
import io.trino.sql.ir.Expression;
import java.util.Optional;

/// `fail(code, message)`, by which Trino's plans raise errors: a null for a NOT NULL column, a MERGE row matched
/// twice. DuckDB's `error` raises them when a row gets there.
final class Fail {
    private Fail() {}

    /// The SQL of a call, which has every type; empty when the expression is none.
    static Optional<String> sql(Expression expression) {
        if (!(expression instanceof Call call)
                || !call.function().name().functionName().equals("fail")
                || !(call.arguments().getLast() instanceof Constant message)
                || !(message.value() instanceof Slice text)) {
            return Optional.empty();
        }
        StandardErrorCode code = call.arguments().size() == 2
                        && call.arguments().getFirst() instanceof Constant number
                        && number.value() instanceof Long value
                ? code(value)
                : StandardErrorCode.GENERIC_USER_ERROR;
        String words = ("TRINO[" + code.name() + "] " + text.toStringUtf8()).replace("'", "''");
        return Optional.of("error('" + words + "')");
    }

    private static StandardErrorCode code(long number) {
        for (StandardErrorCode code : StandardErrorCode.values()) {
            if (code.toErrorCode().getCode() == number) {
                return code;
            }
        }
        return StandardErrorCode.GENERIC_INTERNAL_ERROR;
    }
}
