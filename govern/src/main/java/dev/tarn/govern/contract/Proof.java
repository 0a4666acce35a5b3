package dev.tarn.govern.contract;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Optional;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Schema;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.InclusiveMetricsEvaluator;
import org.apache.iceberg.expressions.Literal;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/// Decides from a file's statistics that no row of it satisfies a condition. Every reader trusts them so when it
/// leaves files out.
final class Proof {
    private Proof() {}

    /// Whether the statistics say that no row can.
    static boolean isOfNone(Condition condition, Schema schema, DataFile file) {
        return switch (condition) {
            case Condition.IsNull(String column) ->
                plain(schema, column).isPresent() && rulesOut(schema, file, Expressions.isNull(column));
            case Condition.Outside(String column, Optional<Condition.Limit> low, Optional<Condition.Limit> high) ->
                plain(schema, column)
                        .filter(type -> isWithin(column, type, low, high, schema, file))
                        .isPresent();
            case Condition.Sql ignored -> false;
        };
    }

    private static boolean isWithin(
            String column,
            Type type,
            Optional<Condition.Limit> low,
            Optional<Condition.Limit> high,
            Schema schema,
            DataFile file) {
        return low.map(limit -> literal(limit, type)
                                .filter(value -> rulesOut(
                                        schema,
                                        file,
                                        limit.excluded()
                                                ? Expressions.lessThanOrEqual(column, value)
                                                : Expressions.lessThan(column, value)))
                                .isPresent())
                        .orElse(true)
                && high.map(limit -> literal(limit, type)
                                .filter(value -> rulesOut(
                                        schema,
                                        file,
                                        limit.excluded()
                                                ? Expressions.greaterThanOrEqual(column, value)
                                                : Expressions.greaterThan(column, value)))
                                .isPresent())
                        .orElse(true);
    }

    private static boolean rulesOut(Schema schema, DataFile file, Expression satisfied) {
        return !new InclusiveMetricsEvaluator(schema, satisfied).eval(file);
    }

    private static Optional<Type> plain(Schema schema, String column) {
        Types.NestedField field = schema.asStruct().field(column);
        return Optional.ofNullable(field).map(Types.NestedField::type).filter(Type::isPrimitiveType);
    }

    /// The limit as a value of the column's type, when it has exactly that value there.
    private static Optional<Object> literal(Condition.Limit limit, Type type) {
        return switch (type.typeId()) {
            case INTEGER, LONG -> exact(limit).flatMap(Proof::whole);
            case FLOAT, DOUBLE -> exact(limit).map(BigDecimal::doubleValue);
            case DECIMAL -> exact(limit).flatMap(value -> scaled(value, ((Types.DecimalType) type).scale()));
            case DATE, TIMESTAMP -> text(limit, type);
            default -> Optional.empty();
        };
    }

    private static Optional<BigDecimal> exact(Condition.Limit limit) {
        try {
            return Optional.of(new BigDecimal(limit.text()));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static Optional<Object> whole(BigDecimal value) {
        try {
            return Optional.of(value.longValueExact());
        } catch (ArithmeticException e) {
            return Optional.empty();
        }
    }

    private static Optional<Object> scaled(BigDecimal value, int scale) {
        try {
            return Optional.of(value.setScale(scale, RoundingMode.UNNECESSARY));
        } catch (ArithmeticException e) {
            return Optional.empty();
        }
    }

    private static Optional<Object> text(Condition.Limit limit, Type type) {
        try {
            boolean zoned = type instanceof Types.TimestampType timestamp && timestamp.shouldAdjustToUTC();
            String text = limit.text().replace(' ', 'T');
            String written = zoned && text.endsWith("Z") ? text.substring(0, text.length() - 1) + "+00:00" : text;
            return Literal.of(written).to(type) == null ? Optional.empty() : Optional.of(written);
        } catch (RuntimeException e) {
            // Not written as Iceberg reads it: the rows themselves decide.
            return Optional.empty();
        }
    }
}
