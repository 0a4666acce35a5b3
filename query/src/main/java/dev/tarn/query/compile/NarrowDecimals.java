package dev.tarn.query.compile;

import io.trino.metadata.OperatorNameUtil;
import io.trino.spi.function.OperatorType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.Int128;
import io.trino.sql.ir.Call;
import io.trino.sql.ir.Case;
import io.trino.sql.ir.Cast;
import io.trino.sql.ir.Constant;
import io.trino.sql.ir.Expression;
import io.trino.sql.ir.Reference;
import io.trino.sql.ir.WhenClause;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/// Decimal arithmetic in 64 bits where the values that the files hold cannot need more, whatever the declared types
/// allow: two to three times as fast as in 128 bits, and as exact. DuckDB keeps sums and products of short decimals in
/// 64 bits and checks each, so bounds that do not hold end in an error, never in another number.
final class NarrowDecimals {
    /// The digits that 64 bits hold.
    private static final int DIGITS = 18;

    /// Bounds of a column's values.
    record Range(BigDecimal low, BigDecimal high) {}

    /// @param sql an expression that DuckDB computes in 64 bits
    /// @param scale the digits after its point
    private record Narrow(String sql, int scale, Range range) {}

    private final Tables tables;
    private final Scope scope;
    private final Function<Expression, String> compile;

    /// @param tables knows the bounds of the columns
    /// @param compile for what is not arithmetic, such as conditions
    NarrowDecimals(Tables tables, Scope scope, Function<Expression, String> compile) {
        this.tables = tables;
        this.scope = scope;
        this.compile = compile;
    }

    /// An expression of a long decimal type in 64 bits, with the scale of its type; empty when it may not fit.
    Optional<String> sql(Expression expression) {
        return expression.type() instanceof DecimalType type && !type.isShort()
                ? narrow(expression)
                        .filter(narrow -> narrow.scale() == type.getScale())
                        .map(Narrow::sql)
                : Optional.empty();
    }

    private Optional<Narrow> narrow(Expression expression) {
        return switch (expression) {
            case Reference reference
            when reference.type() instanceof DecimalType type && type.isShort() ->
                tables.range(reference.name())
                        .map(range -> new Narrow(scope.sql(reference.name()), type.getScale(), range));
            case Constant constant
            when constant.type() instanceof DecimalType type && constant.value() != null -> constant(constant, type);
            case Cast cast
            when cast.type() instanceof DecimalType type && cast.expression().type() instanceof DecimalType ->
                narrow(cast.expression())
                        .filter(narrow -> narrow.scale() <= type.getScale() && fits(narrow.range(), type));
            case Call call when call.type() instanceof DecimalType -> call(call);
            case Case conditional when conditional.type() instanceof DecimalType -> conditional(conditional);
            default -> Optional.empty();
        };
    }

    private static boolean fits(Range range, DecimalType type) {
        BigDecimal most = BigDecimal.TEN.pow(type.getPrecision() - type.getScale());
        return range.low().negate().compareTo(most) < 0 && range.high().compareTo(most) < 0;
    }

    private static Optional<Narrow> constant(Constant constant, DecimalType type) {
        BigInteger unscaled = constant.value() instanceof Int128 wide
                ? wide.toBigInteger()
                : BigInteger.valueOf((Long) constant.value());
        BigDecimal value = new BigDecimal(unscaled, type.getScale());
        int precision = Math.max(Math.max(1, value.precision()), type.getScale());
        return precision > DIGITS
                ? Optional.empty()
                : Optional.of(new Narrow(
                        "CAST('" + value.toPlainString() + "' AS DECIMAL(" + precision + "," + type.getScale() + "))",
                        type.getScale(),
                        new Range(value, value)));
    }

    private Optional<Narrow> call(Call call) {
        String name = call.function().name().functionName();
        if (!OperatorNameUtil.isOperatorName(name) || call.arguments().size() != 2) {
            return Optional.empty();
        }
        OperatorType operator = OperatorNameUtil.unmangleOperator(name);
        if (operator != OperatorType.ADD && operator != OperatorType.SUBTRACT && operator != OperatorType.MULTIPLY) {
            return Optional.empty();
        }
        Optional<Narrow> left = narrow(call.arguments().getFirst());
        Optional<Narrow> right = left.isEmpty() ? left : narrow(call.arguments().getLast());
        return right.isEmpty()
                ? right
                : Optional.of(combined(operator, left.orElseThrow(), right.get()))
                        .filter(narrow -> narrow.scale() < DIGITS && digits(narrow) <= DIGITS);
    }

    private static Narrow combined(OperatorType operator, Narrow left, Narrow right) {
        Range l = left.range();
        Range r = right.range();
        int widest = Math.max(left.scale(), right.scale());
        return switch (operator) {
            case ADD ->
                new Narrow(
                        "(" + left.sql() + " + " + right.sql() + ")",
                        widest,
                        new Range(l.low().add(r.low()), l.high().add(r.high())));
            case SUBTRACT ->
                new Narrow(
                        "(" + left.sql() + " - " + right.sql() + ")",
                        widest,
                        new Range(l.low().subtract(r.high()), l.high().subtract(r.low())));
            default -> {
                List<BigDecimal> corners = Stream.of(l.low(), l.high())
                        .flatMap(one -> Stream.of(one.multiply(r.low()), one.multiply(r.high())))
                        .sorted()
                        .toList();
                yield new Narrow(
                        "(" + left.sql() + " * " + right.sql() + ")",
                        left.scale() + right.scale(),
                        new Range(corners.getFirst(), corners.getLast()));
            }
        };
    }

    private static int digits(Narrow narrow) {
        BigDecimal most = narrow.range().low().abs().max(narrow.range().high().abs());
        return most.movePointRight(narrow.scale()).toBigInteger().toString().length();
    }

    private Optional<Narrow> conditional(Case conditional) {
        StringBuilder sql = new StringBuilder("CASE");
        List<Narrow> results = new ArrayList<>();
        for (WhenClause clause : conditional.whenClauses()) {
            Optional<Narrow> result = narrow(clause.getResult());
            if (result.isEmpty()) {
                return result;
            }
            results.add(result.get());
            sql.append(" WHEN ")
                    .append(compile.apply(clause.getOperand()))
                    .append(" THEN ")
                    .append(result.get().sql());
        }
        Optional<Narrow> otherwise = narrow(conditional.defaultValue());
        if (otherwise.isEmpty()) {
            return otherwise;
        }
        results.add(otherwise.get());
        sql.append(" ELSE ").append(otherwise.get().sql()).append(" END");
        int scale = results.stream().mapToInt(Narrow::scale).max().orElseThrow();
        Range range = new Range(
                results.stream()
                        .map(each -> each.range().low())
                        .min(BigDecimal::compareTo)
                        .orElseThrow(),
                results.stream()
                        .map(each -> each.range().high())
                        .max(BigDecimal::compareTo)
                        .orElseThrow());
        // Branches of several scales would meet in a wider type than each has.
        return results.stream().allMatch(each -> each.scale() == scale)
                ? Optional.of(new Narrow("(" + sql + ")", scale, range))
                : Optional.empty();
    }
}
