package dev.tarn.query.compile;

import dev.tarn.query.plan.LakeColumnHandle;
import io.airlift.slice.Slice;
import io.trino.spi.type.BigintType;
import io.trino.spi.type.DateType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.Int128;
import io.trino.spi.type.IntegerType;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.Type;
import io.trino.spi.type.VarcharType;
import io.trino.sql.ir.Call;
import io.trino.sql.ir.Constant;
import io.trino.sql.ir.In;
import io.trino.sql.ir.IrExpressions;
import io.trino.sql.ir.IsNull;
import io.trino.sql.ir.Logical;
import io.trino.sql.ir.Reference;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;

/// Trino's conditions as Iceberg's, as far as Iceberg can decide them from partitions and file statistics. What it
/// cannot is left out, which leaves more files in.
final class FileFilter {
    private final Map<String, LakeColumnHandle> columns;
    private boolean complete = true;

    FileFilter(Map<String, LakeColumnHandle> columns) {
        this.columns = columns;
    }

    Expression all(List<io.trino.sql.ir.Expression> conjuncts) {
        Expression filter = Expressions.alwaysTrue();
        for (io.trino.sql.ir.Expression conjunct : conjuncts) {
            Optional<Expression> term = of(conjunct);
            complete &= term.isPresent();
            filter = Expressions.and(filter, term.orElse(Expressions.alwaysTrue()));
        }
        return filter;
    }

    /// Whether nothing was left out of what [#all] gave: a row that satisfies it satisfies all conditions.
    boolean isComplete() {
        return complete;
    }

    private Optional<Expression> of(io.trino.sql.ir.Expression condition) {
        return switch (condition) {
            case Logical logical -> logical(logical);
            case In in -> in(in);
            case IsNull isNull -> column(isNull.value()).map(column -> Expressions.isNull(column.name()));
            case Call call
            when call.function().name().functionName().equals("not")
                    && call.arguments().getFirst() instanceof IsNull isNull ->
                column(isNull.value()).map(column -> Expressions.notNull(column.name()));
            case Call call -> comparison(IrExpressions.matchComparison(call));
            default -> Optional.empty();
        };
    }

    private Optional<Expression> logical(Logical logical) {
        List<Optional<Expression>> terms =
                logical.terms().stream().map(this::of).toList();
        boolean and = logical.operator() == Logical.Operator.AND;
        complete &= terms.stream().noneMatch(Optional::isEmpty);
        if (!and && terms.stream().anyMatch(Optional::isEmpty)) {
            return Optional.empty();
        }
        return terms.stream()
                .flatMap(Optional::stream)
                .reduce((left, right) -> and ? Expressions.and(left, right) : Expressions.or(left, right));
    }

    private Optional<Expression> in(In in) {
        Optional<LakeColumnHandle> column = column(in.value());
        List<Optional<Object>> values =
                in.valueList().stream().map(FileFilter::value).toList();
        if (column.isEmpty() || values.stream().anyMatch(Optional::isEmpty)) {
            return Optional.empty();
        }
        return Optional.of(Expressions.in(
                column.get().name(), values.stream().map(Optional::get).toList()));
    }

    private Optional<Expression> comparison(IrExpressions.@org.jspecify.annotations.Nullable Comparison comparison) {
        if (comparison == null) {
            return Optional.empty();
        }
        return switch (comparison) {
            case IrExpressions.Comparison.Equal(var left, var right) ->
                pair(left, right, Expressions::equal).or(() -> pair(right, left, Expressions::equal));
            case IrExpressions.Comparison.LessThan(var left, var right) ->
                pair(left, right, Expressions::lessThan).or(() -> pair(right, left, Expressions::greaterThan));
            case IrExpressions.Comparison.LessThanOrEqual(var left, var right) ->
                pair(left, right, Expressions::lessThanOrEqual)
                        .or(() -> pair(right, left, Expressions::greaterThanOrEqual));
            case IrExpressions.Comparison.NotEqual ignored -> Optional.empty();
            case IrExpressions.Comparison.Identical ignored -> Optional.empty();
        };
    }

    private interface Maker {
        Expression make(String column, Object value);
    }

    private Optional<Expression> pair(
            io.trino.sql.ir.Expression column, io.trino.sql.ir.Expression constant, Maker maker) {
        return column(column).flatMap(found -> value(constant).map(value -> maker.make(found.name(), value)));
    }

    private Optional<LakeColumnHandle> column(io.trino.sql.ir.Expression expression) {
        return expression instanceof Reference reference
                ? Optional.ofNullable(columns.get(reference.name()))
                : Optional.empty();
    }

    /// The constant as Iceberg's literals take it.
    private static Optional<Object> value(io.trino.sql.ir.Expression expression) {
        if (!(expression instanceof Constant constant) || constant.value() == null) {
            return Optional.empty();
        }
        Object value = constant.value();
        Type type = constant.type();
        return Optional.ofNullable(
                switch (type) {
                    case BigintType ignored -> value;
                    case IntegerType ignored -> Math.toIntExact((Long) value);
                    case DateType ignored ->
                        java.time.LocalDate.ofEpochDay((Long) value).toString();
                    case VarcharType ignored -> ((Slice) value).toStringUtf8();
                    case DecimalType decimal ->
                        new BigDecimal(
                                decimal.isShort() ? BigInteger.valueOf((Long) value) : ((Int128) value).toBigInteger(),
                                decimal.getScale());
                    case TimestampType timestamp when timestamp.isShort() -> timestampText((Long) value);
                    default -> null;
                });
    }

    private static String timestampText(long micros) {
        return java.time.LocalDateTime.ofEpochSecond(
                        Math.floorDiv(micros, 1_000_000L),
                        (int) Math.floorMod(micros, 1_000_000L) * 1_000,
                        java.time.ZoneOffset.UTC)
                .toString();
    }
}
