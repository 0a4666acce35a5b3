package dev.tarn.query.compile;

import io.trino.spi.type.DateType;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.Type;
import io.trino.sql.ir.Call;
import io.trino.sql.ir.Expression;
import io.trino.type.IntervalDayTimeType;
import io.trino.type.IntervalYearMonthType;
import java.util.Optional;
import java.util.function.Function;

/// Dates and timestamps with intervals.
final class Temporal {
    private Temporal() {}

    /// `date ± interval`, `timestamp ± interval`, `interval + date`; empty for everything else.
    static Optional<String> arithmetic(String sign, Call call, Function<Expression, String> compile) {
        Expression left = call.arguments().getFirst();
        Expression right = call.arguments().getLast();
        if (isMoment(left.type())) {
            return plus(left.type(), compile.apply(left), sign, right.type(), compile.apply(right));
        }
        if (isMoment(right.type()) && sign.equals("+")) {
            return plus(right.type(), compile.apply(right), sign, left.type(), compile.apply(left));
        }
        return Optional.empty();
    }

    private static boolean isMoment(Type type) {
        return type instanceof DateType || (type instanceof TimestampType timestamp && timestamp.getPrecision() <= 6);
    }

    private static Optional<String> plus(Type type, String moment, String sign, Type intervalType, String interval) {
        String step = switch (intervalType) {
            // Both add months by the calendar and fall back to the month's last day.
            case IntervalYearMonthType ignored -> "to_months(" + interval + ")";
            case IntervalDayTimeType ignored -> "to_milliseconds(" + interval + ")";
            default -> "";
        };
        if (step.isEmpty()) {
            return Optional.empty();
        }
        if (type instanceof DateType && intervalType instanceof IntervalDayTimeType) {
            // Trino refuses an interval that is not whole days.
            return Optional.of("CASE WHEN " + interval + " % 86400000 = 0 THEN CAST(" + moment + " " + sign + " "
                    + step + " AS DATE) ELSE error('TRINO[INVALID_FUNCTION_ARGUMENT] Cannot add hour, minutes or"
                    + " seconds to a date') END");
        }
        return Optional.of("CAST(" + moment + " " + sign + " " + step + " AS " + DuckType.of(type) + ")");
    }
}
