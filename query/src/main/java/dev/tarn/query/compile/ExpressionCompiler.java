package dev.tarn.query.compile;

import dev.tarn.query.plan.Predictions;
import io.trino.Session;
import io.trino.spi.function.OperatorType;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.Type;
import io.trino.sql.PlannerContext;
import io.trino.sql.ir.Array;
import io.trino.sql.ir.Bind;
import io.trino.sql.ir.Call;
import io.trino.sql.ir.Case;
import io.trino.sql.ir.Cast;
import io.trino.sql.ir.Coalesce;
import io.trino.sql.ir.Constant;
import io.trino.sql.ir.Expression;
import io.trino.sql.ir.FieldReference;
import io.trino.sql.ir.In;
import io.trino.sql.ir.IsNull;
import io.trino.sql.ir.Lambda;
import io.trino.sql.ir.Let;
import io.trino.sql.ir.Logical;
import io.trino.sql.ir.Match;
import io.trino.sql.ir.MatchClause;
import io.trino.sql.ir.Reference;
import io.trino.sql.ir.Row;
import io.trino.sql.ir.WhenClause;
import io.trino.sql.planner.Symbol;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// From Trino's typed expressions to DuckDB's. The text it gives has exactly the DuckDB type that [DuckType] names,
/// and can stand anywhere an operand can.
final class ExpressionCompiler {
    private final JavaRoad java;
    private final PlannerContext context;
    private final PredictionRoad predictions;
    private final Operators operators = new Operators();
    private final AggregateRoad aggregates;
    private final JavaFunctions.Held held = new JavaFunctions.Held();
    private final Zones zones;

    ExpressionCompiler(
            PlannerContext context, Session session, JavaFunctions functions, String catalog, Predictions models) {
        this.context = context;
        this.predictions = new PredictionRoad(catalog, models, functions, held);
        this.zones = new Zones(session);
        this.java = new JavaRoad(context, session, functions, held, zones);
        this.aggregates = new AggregateRoad(context, session, functions, held, zones);
    }

    /// The time zones of values, as far as nodes were compiled.
    Zones zones() {
        return zones;
    }

    /// Aggregates by Trino's own code.
    AggregateRoad aggregates() {
        return aggregates;
    }

    /// The model versions that the statement predicts with.
    Set<String> models() {
        return predictions.used();
    }

    /// What must live as long as the compiled statement.
    List<Object> held() {
        return held.all();
    }

    String compile(Expression expression, Scope scope) {
        return switch (expression) {
            case Reference reference -> scope.sql(reference.name());
            case Constant constant -> Literals.of(constant.type(), constant.value());
            case Call call -> call(call, scope);
            case Cast cast -> cast(cast, scope);
            case Logical logical ->
                logical.terms().stream()
                        .map(term -> compile(term, scope))
                        .collect(Collectors.joining(" " + logical.operator() + " ", "(", ")"));
            case IsNull isNull -> "(" + compile(isNull.value(), scope) + " IS NULL)";
            case Coalesce coalesce -> "coalesce(" + list(coalesce.operands(), scope) + ")";
            case Case conditional -> conditional(conditional, scope);
            case Match match -> match(match, scope);
            case In in -> in(in, scope);
            case Array array ->
                "CAST([" + list(array.elements(), scope) + "] AS " + DuckType.of(new ArrayType(array.elementType()))
                        + ")";
            case Row row -> Rows.pack((RowType) row.type(), all(row.items(), scope));
            case FieldReference field -> Rows.field(compile(field.base(), scope), field.field());
            case Let let -> let(let, scope);
            case Lambda ignored -> throw Refused.because("A lambda outside a function that takes one");
            case Bind ignored -> throw Refused.because("A lambda outside a function that takes one");
        };
    }

    /// `left = right` where null is as good as false, as in the condition of a join.
    String matches(Type type, String left, String right) {
        return DuckType.isFloating(type)
                ? "(" + left + " = " + right + " AND NOT isnan(" + left + "))"
                : equal(type, left, right);
    }

    /// `left = right` by the type's rules.
    String equal(Type type, String left, String right) {
        if (Operators.plainlyComparable(type) || DuckType.isFloating(type)) {
            return operators.equal(type, left, right);
        }
        Call call = new Call(
                context.getMetadata().resolveOperator(OperatorType.EQUAL, List.of(type, type)),
                List.of(new Reference(type, "left"), new Reference(type, "right")));
        return compile(call, symbol -> symbol.equals("left") ? left : right);
    }

    /// Arguments of an aggregate or a window function; a lambda's is empty.
    List<String> arguments(List<Expression> expressions, Scope scope) {
        return expressions.stream()
                .map(argument -> argument instanceof Lambda ? "" : compile(argument, scope))
                .toList();
    }

    private List<String> all(List<Expression> expressions, Scope scope) {
        List<String> compiled = new ArrayList<>();
        for (Expression expression : expressions) {
            compiled.add(compile(expression, scope));
        }
        return compiled;
    }

    private String list(List<Expression> expressions, Scope scope) {
        return String.join(", ", all(expressions, scope));
    }

    private String call(Call call, Scope scope) {
        return operators
                .operator(call, operand -> compile(operand, scope))
                .or(() -> Fail.sql(call))
                .or(() -> predictions.call(call, operand -> compile(operand, scope)))
                .or(() -> ScalarFunctions.find(call)
                        .map(template -> template.fill(
                                at -> compile(call.arguments().get(at), scope),
                                call.arguments().size())))
                .orElseGet(() -> java.call(call, operand -> compile(operand, scope)));
    }

    private String cast(Cast cast, Scope scope) {
        Type from = cast.expression().type();
        Optional<String> failure = Fail.sql(cast.expression());
        if (failure.isPresent()) {
            return "CAST(" + failure.get() + " AS " + DuckType.of(cast.type()) + ")";
        }
        return Casts.find(from, cast.type())
                .map(template -> template.apply(compile(cast.expression(), scope)))
                .orElseGet(() -> java.cast(cast, operand -> compile(operand, scope)));
    }

    private String conditional(Case conditional, Scope scope) {
        StringBuilder sql = new StringBuilder("CASE");
        for (WhenClause clause : conditional.whenClauses()) {
            sql.append(" WHEN ")
                    .append(compile(clause.getOperand(), scope))
                    .append(" THEN ")
                    .append(compile(clause.getResult(), scope));
        }
        return sql.append(" ELSE ")
                .append(compile(conditional.defaultValue(), scope))
                .append(" END")
                .toString();
    }

    private String match(Match match, Scope scope) {
        String operand = compile(match.operand(), scope);
        StringBuilder sql = new StringBuilder("CASE");
        for (MatchClause clause : match.clauses()) {
            Lambda lambda = clause.lambda();
            Scope inside = scope;
            Bind bind = clause.bind();
            for (int i = 0; i < lambda.arguments().size(); i++) {
                boolean captured = bind != null && i < bind.values().size();
                zones.bind(lambda.arguments().get(i), captured ? bind.values().get(i) : match.operand());
                inside = binding(
                        lambda.arguments().get(i),
                        captured ? compile(bind.values().get(i), scope) : operand,
                        inside);
            }
            sql.append(" WHEN ")
                    .append(compile(lambda.body(), inside))
                    .append(" THEN ")
                    .append(compile(clause.result(), scope));
        }
        return sql.append(" ELSE ")
                .append(compile(match.defaultValue(), scope))
                .append(" END")
                .toString();
    }

    /// Three-valued IN, by way of equality so that its rules (NaN, rows with nulls) hold.
    private String in(In in, Scope scope) {
        String value = compile(in.value(), scope);
        if (Operators.plainlyComparable(in.value().type())) {
            return "(" + value + " IN (" + list(in.valueList(), scope) + "))";
        }
        UnaryOperator<String> equals = item -> equal(in.value().type(), value, item);
        return in.valueList().stream()
                .map(item -> equals.apply(compile(item, scope)))
                .collect(Collectors.joining(" OR ", "(", ")"));
    }

    /// A value that is used more than once. DuckDB computes equal expressions once, except those with effects.
    private String let(Let let, Scope scope) {
        if (!io.trino.sql.planner.DeterminismEvaluator.isDeterministic(let.value())) {
            throw Refused.because("A condition that uses a random value twice");
        }
        zones.bind(let.name(), let.value());
        return compile(let.body(), binding(let.name(), compile(let.value(), scope), scope));
    }

    private static Scope binding(Symbol symbol, String sql, Scope outer) {
        return name -> name.equals(symbol.name()) ? sql : outer.sql(name);
    }
}
