package dev.tarn.query.compile;

import io.trino.metadata.OperatorNameUtil;
import io.trino.spi.function.OperatorType;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.CharType;
import io.trino.spi.type.DateType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.TimeType;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.TimestampWithTimeZoneType;
import io.trino.spi.type.Type;
import io.trino.spi.type.UuidType;
import io.trino.spi.type.VarbinaryType;
import io.trino.spi.type.VarcharType;
import io.trino.sql.ir.Call;
import io.trino.sql.ir.Constant;
import io.trino.sql.ir.Expression;
import io.trino.type.IntervalDayTimeType;
import io.trino.type.IntervalYearMonthType;
import io.trino.type.IpAddressType;
import io.trino.type.UnknownType;
import java.util.Optional;
import java.util.function.Function;

/// Arithmetic and comparison. DuckDB's own overflow and division errors are Trino's, type by type; what differs is
/// written out here: NaN, decimals of other precision, the remainder by -1.
final class Operators {
    /// The SQL of an operator's call; empty when it is no operator or takes another road.
    Optional<String> operator(Call call, Function<Expression, String> compile) {
        String name = call.function().name().functionName();
        if (!OperatorNameUtil.isOperatorName(name)) {
            return Optional.empty();
        }
        OperatorType operator = OperatorNameUtil.unmangleOperator(name);
        Expression left = call.arguments().getFirst();
        Expression right = call.arguments().getLast();
        Type type = left.type();
        return switch (operator) {
            case ADD -> arithmetic("+", call, compile);
            case SUBTRACT -> arithmetic("-", call, compile);
            case MULTIPLY -> multiply(call, compile);
            case DIVIDE -> divide(call, compile);
            case MODULO -> modulus(call, compile);
            case NEGATION -> negate(type, compile.apply(left));
            case EQUAL ->
                comparable(type)
                        .map(any -> isNumber(left) || isNumber(right)
                                ? "(" + compile.apply(left) + " = " + compile.apply(right) + ")"
                                : equal(type, compile.apply(left), compile.apply(right)));
            case IDENTICAL ->
                comparable(type)
                        .map(any -> "(" + compile.apply(left) + " IS NOT DISTINCT FROM " + compile.apply(right) + ")");
            case LESS_THAN -> ordered(type).map(any -> less("<", left, right, compile));
            case LESS_THAN_OR_EQUAL -> ordered(type).map(any -> less("<=", left, right, compile));
            default -> Optional.empty();
        };
    }

    /// Whether a call is an operator that DuckDB computes.
    static boolean takes(Call call) {
        return new Operators().operator(call, any -> "").isPresent();
    }

    /// Types whose equality DuckDB decides as Trino does.
    static boolean plainlyComparable(Type type) {
        return type instanceof BooleanType
                || DuckType.isInteger(type)
                || type instanceof DecimalType
                || type instanceof VarcharType
                || type instanceof CharType
                || type instanceof VarbinaryType
                || type instanceof DateType
                || type instanceof TimeType
                || type instanceof TimestampType
                || type instanceof TimestampWithTimeZoneType
                || type instanceof UuidType
                || type instanceof IpAddressType
                || type instanceof IntervalDayTimeType
                || type instanceof IntervalYearMonthType
                || type instanceof UnknownType;
    }

    private static Optional<Type> comparable(Type type) {
        return plainlyComparable(type) || DuckType.isFloating(type) ? Optional.of(type) : Optional.empty();
    }

    /// Trino orders char values as if padded with spaces, which DuckDB does not for characters below the space.
    private static Optional<Type> ordered(Type type) {
        return type instanceof CharType ? Optional.empty() : comparable(type);
    }

    /// `left = right`; a NaN equals nothing.
    String equal(Type type, String left, String right) {
        if (DuckType.isFloating(type)) {
            return "(" + left + " = " + right + " AND (NOT isnan(" + left + ") OR " + right + " IS NULL))";
        }
        if (!plainlyComparable(type)) {
            throw Refused.because("Comparing values of type " + type.getDisplayName());
        }
        return "(" + left + " = " + right + ")";
    }

    /// DuckDB puts NaN above every number; in Trino no comparison with it is true. Nor is one with null false.
    private static String less(String sign, Expression left, Expression right, Function<Expression, String> compile) {
        String l = compile.apply(left);
        String r = compile.apply(right);
        String plain = "(" + l + " " + sign + " " + r + ")";
        if (!DuckType.isFloating(left.type()) || isNumber(right)) {
            return plain;
        }
        return "(" + plain + " AND (NOT isnan(" + r + ") OR " + l + " IS NULL))";
    }

    private static boolean isNumber(Expression expression) {
        return expression instanceof Constant constant
                && constant.value() != null
                && !(constant.value() instanceof Double d && d.isNaN())
                && !(constant.type() instanceof io.trino.spi.type.RealType
                        && Float.isNaN(Float.intBitsToFloat((int) (long) (Long) constant.value())));
    }

    private static Optional<String> arithmetic(String sign, Call call, Function<Expression, String> compile) {
        Expression left = call.arguments().getFirst();
        Expression right = call.arguments().getLast();
        Type result = call.type();
        if (isNumeric(left.type())
                && left.type().equals(right.type())
                && result.equals(left.type())
                && !(result instanceof DecimalType)) {
            return Optional.of("(" + compile.apply(left) + " " + sign + " " + compile.apply(right) + ")");
        }
        if (result instanceof DecimalType decimal) {
            String wide = DuckType.of(decimal);
            return Optional.of("CAST(" + as(wide, left, compile) + " " + sign + " " + as(wide, right, compile) + " AS "
                    + wide + ")");
        }
        if (isInterval(left.type()) && left.type().equals(right.type())) {
            return Optional.of("(" + compile.apply(left) + " " + sign + " " + compile.apply(right) + ")");
        }
        return Temporal.arithmetic(sign, call, compile);
    }

    private static String as(String duckType, Expression operand, Function<Expression, String> compile) {
        String sql = compile.apply(operand);
        return DuckType.of(operand.type()).equals(duckType) ? sql : "CAST(" + sql + " AS " + duckType + ")";
    }

    static boolean isNumeric(Type type) {
        return DuckType.isInteger(type) || DuckType.isFloating(type) || type instanceof DecimalType;
    }

    private static boolean isInterval(Type type) {
        return type instanceof IntervalDayTimeType || type instanceof IntervalYearMonthType;
    }

    private static Optional<String> multiply(Call call, Function<Expression, String> compile) {
        Expression left = call.arguments().getFirst();
        Expression right = call.arguments().getLast();
        if (!(call.type() instanceof DecimalType result)) {
            return isNumeric(left.type()) && left.type().equals(right.type())
                    ? Optional.of("(" + compile.apply(left) + " * " + compile.apply(right) + ")")
                    : Optional.empty();
        }
        DecimalType l = (DecimalType) left.type();
        DecimalType r = (DecimalType) right.type();
        // DuckDB keeps products of two short decimals in 64 bits and fails where they do not fit; a long operand
        // makes it use 128.
        boolean widen = l.getPrecision() <= 18 && r.getPrecision() <= 18 && l.getPrecision() + r.getPrecision() > 18;
        String first =
                widen ? "CAST(" + compile.apply(left) + " AS DECIMAL(19," + l.getScale() + "))" : compile.apply(left);
        return Optional.of("CAST(" + first + " * " + compile.apply(right) + " AS " + DuckType.of(result) + ")");
    }

    private static Optional<String> divide(Call call, Function<Expression, String> compile) {
        Expression left = call.arguments().getFirst();
        Expression right = call.arguments().getLast();
        if (DuckType.isInteger(left.type()) && left.type().equals(right.type())) {
            return Optional.of("(" + compile.apply(left) + " // " + compile.apply(right) + ")");
        }
        if (DuckType.isFloating(left.type()) && left.type().equals(right.type())) {
            return Optional.of("(" + compile.apply(left) + " / " + compile.apply(right) + ")");
        }
        if (call.type() instanceof DecimalType result
                && left.type() instanceof DecimalType l
                && right.type() instanceof DecimalType r) {
            return Decimals.divide(result, l, compile.apply(left), r, compile.apply(right));
        }
        return Optional.empty();
    }

    private static Optional<String> modulus(Call call, Function<Expression, String> compile) {
        Expression left = call.arguments().getFirst();
        Expression right = call.arguments().getLast();
        if (!DuckType.isInteger(left.type()) || !left.type().equals(right.type())) {
            return Optional.empty();
        }
        String l = compile.apply(left);
        String r = compile.apply(right);
        if (right instanceof Constant constant && constant.value() instanceof Long divisor && divisor != -1) {
            return Optional.of("(" + l + " % " + r + ")");
        }
        // The smallest number has no remainder by -1 in DuckDB.
        String zero = Literals.of(left.type(), 0L);
        return Optional.of("CASE WHEN " + r + " = -1 THEN " + zero + " * " + l + " ELSE " + l + " % " + r + " END");
    }

    private static Optional<String> negate(Type type, String operand) {
        if (DuckType.isFloating(type)) {
            return Optional.of("(- " + operand + ")");
        }
        if (type instanceof DecimalType) {
            return Optional.of("CAST(- " + operand + " AS " + DuckType.of(type) + ")");
        }
        if (DuckType.isInteger(type) || isInterval(type)) {
            return Optional.of("(CAST(0 AS " + DuckType.of(type) + ") - " + operand + ")");
        }
        return Optional.empty();
    }
}
