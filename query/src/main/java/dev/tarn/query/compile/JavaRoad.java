package dev.tarn.query.compile;

import dev.tarn.query.compile.JavaFunctions.Body;
import io.trino.Session;
import io.trino.operator.project.PageProjection;
import io.trino.operator.project.SelectedPositions;
import io.trino.spi.Page;
import io.trino.spi.TrinoException;
import io.trino.spi.block.Block;
import io.trino.spi.block.BlockBuilder;
import io.trino.spi.connector.ConnectorSession;
import io.trino.spi.connector.SourcePage;
import io.trino.spi.type.Type;
import io.trino.sql.PlannerContext;
import io.trino.sql.gen.PageFunctionCompiler;
import io.trino.sql.ir.Array;
import io.trino.sql.ir.Call;
import io.trino.sql.ir.Cast;
import io.trino.sql.ir.Constant;
import io.trino.sql.ir.Expression;
import io.trino.sql.ir.ExpressionRewriter;
import io.trino.sql.ir.ExpressionTreeRewriter;
import io.trino.sql.ir.Lambda;
import io.trino.sql.ir.Reference;
import io.trino.sql.ir.Row;
import io.trino.sql.planner.DeterminismEvaluator;
import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.SymbolAllocator;
import io.trino.sql.planner.SymbolsExtractor;
import io.trino.sql.planner.iterative.rule.LambdaCaptureDesugaringRewriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.function.Supplier;
import org.duckdb.DuckDBDataChunkReader;
import org.duckdb.DuckDBWritableVector;

/// The road of exactness: a function or cast runs as Trino's own compiled code, called by DuckDB with its vectors.
///
/// What is handed over is the call itself, with those of its arguments that take this road too, so that a value
/// crosses once. DuckDB computes the rest where it is of a type that travels ([Wire]); constants, lambdas and values
/// of internal types (patterns, JSON paths) stay part of the call.
final class JavaRoad {
    private final PlannerContext context;
    private final Session session;
    private final JavaFunctions functions;
    private final JavaFunctions.Held held;
    private final Zones zones;

    JavaRoad(PlannerContext context, Session session, JavaFunctions functions, JavaFunctions.Held held, Zones zones) {
        this.context = context;
        this.session = session;
        this.functions = functions;
        this.held = held;
        this.zones = zones;
    }

    String call(Call call, Function<Expression, String> compile) {
        return run(call, call.function().name().functionName(), compile);
    }

    String cast(Cast cast, Function<Expression, String> compile) {
        return run(
                cast,
                "cast of " + cast.expression().type().getDisplayName() + " to "
                        + cast.type().getDisplayName(),
                compile);
    }

    private String run(Expression expression, String name, Function<Expression, String> compile) {
        Wire result = wire(expression)
                .orElseThrow(() -> Refused.because("The function " + name + " with a result of type "
                        + expression.type().getDisplayName()));
        Inputs inputs = new Inputs();
        Expression body = inputs.cut(expression, true);
        List<String> arguments = new ArrayList<>();
        List<Wire> wires = new ArrayList<>();
        for (Expression input : inputs.expressions) {
            Wire wire = wire(input)
                    .orElseThrow(() -> Refused.because("The function " + name + " with an argument of type "
                            + input.type().getDisplayName()));
            arguments.add(wire.toWire().fill(List.of(compile.apply(input))));
            wires.add(wire);
        }
        List<Type> types = inputs.expressions.stream().map(Expression::type).toList();
        // A cast's or a call's text does not name its own type: two of one text may be two functions.
        String key = body + " " + typesWithin(body) + " " + types + " " + zones.all(inputs.expressions) + " "
                + zones.of(expression).getId() + " " + session.getTimeZoneKey().getId() + " " + session.getLocale()
                + " " + session.getUser() + " " + Sessions.day(session);
        JavaFunctions.JavaFunction function = held.add(functions.function(
                key,
                wires.stream().map(Wire::carrier).toList(),
                result.carrier(),
                DeterminismEvaluator.isDeterministic(body),
                () -> compiled(body, types, wires, result)));
        return result.fromWire().fill(List.of(function.call(arguments)));
    }

    private Optional<Wire> wire(Expression expression) {
        return Wire.of(expression.type(), zones.of(expression));
    }

    static String typesWithin(Expression expression) {
        StringBuilder types = new StringBuilder(expression.type().getDisplayName());
        if (expression instanceof Call call) {
            // A model's prediction is another function with every version.
            types.append(' ').append(call.function().functionId());
        }
        expression.children().forEach(child -> types.append(' ').append(typesWithin(child)));
        return types.toString();
    }

    /// Finds what DuckDB computes of an expression and puts input channels in its place.
    private final class Inputs {
        final List<Expression> expressions = new ArrayList<>();
        private final Map<Expression, Reference> channels = new LinkedHashMap<>();

        Expression cut(Expression expression, boolean top) {
            if (expression instanceof Constant
                    || (expression instanceof Lambda lambda && freeOf(lambda).isEmpty())) {
                return expression;
            }
            if (expression instanceof Lambda lambda) {
                return captured(lambda);
            }
            if (!top && !staysWithTrino(expression) && wire(expression).isPresent()) {
                return channels.computeIfAbsent(expression, this::channel);
            }
            if (expression instanceof Reference) {
                throw Refused.because("A value of type " + expression.type().getDisplayName() + " in this function");
            }
            return ExpressionTreeRewriter.rewriteWith(
                    new ExpressionRewriter<Void>() {
                        private boolean root = true;

                        @Override
                        protected Expression rewriteExpression(
                                Expression node, Void none, ExpressionTreeRewriter<Void> tree) {
                            if (root) {
                                root = false;
                                return tree.defaultRewrite(node, null);
                            }
                            return cut(node, false);
                        }
                    },
                    expression);
        }

        /// What would take this road anyway, or is cheaper to build here than to carry.
        private boolean staysWithTrino(Expression expression) {
            return switch (expression) {
                case Call call ->
                    !Operators.takes(call) && ScalarFunctions.find(call).isEmpty();
                case Cast cast ->
                    Casts.find(cast.expression().type(), cast.type()).isEmpty();
                case Array ignored -> true;
                case Row ignored -> true;
                default -> false;
            };
        }

        private Reference channel(Expression expression) {
            expressions.add(expression);
            return new Reference(expression.type(), "input" + (expressions.size() - 1));
        }

        private Set<Symbol> freeOf(Lambda lambda) {
            Set<Symbol> free = new java.util.LinkedHashSet<>(SymbolsExtractor.extractUnique(lambda.body()));
            lambda.arguments().forEach(free::remove);
            return free;
        }

        /// A lambda that uses columns: each becomes an input of its own.
        private Expression captured(Lambda lambda) {
            Map<Symbol, Expression> replaced = new HashMap<>();
            for (Symbol symbol : freeOf(lambda)) {
                replaced.put(symbol, channels.computeIfAbsent(symbol.toSymbolReference(), this::channel));
            }
            Expression body = io.trino.sql.planner.ExpressionSymbolInliner.inlineSymbols(
                    symbol -> replaced.getOrDefault(symbol, symbol.toSymbolReference()), lambda.body());
            return new Lambda(lambda.arguments(), body);
        }
    }

    private Body compiled(Expression body, List<Type> types, List<Wire> wires, Wire result) {
        Map<Symbol, Integer> layout = new HashMap<>();
        List<Symbol> symbols = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            Symbol symbol = new Symbol(types.get(i), "input" + i);
            layout.put(symbol, i);
            symbols.add(symbol);
        }
        Expression desugared = LambdaCaptureDesugaringRewriter.rewrite(body, new SymbolAllocator(symbols));
        Supplier<PageProjection> projections = new PageFunctionCompiler(
                        context.getFunctionManager(), context.getMetadata(), context.getTypeManager(), 0)
                .compileProjection(desugared, layout, Optional.empty());
        ConnectorSession connectorSession = session.toConnectorSession();
        // Compiled projections keep state between calls, and DuckDB calls from several threads.
        Queue<PageProjection> idle = new ConcurrentLinkedQueue<>();
        return (rows, out) -> {
            PageProjection free = idle.poll();
            PageProjection projection = free == null ? projections.get() : free;
            apply(projection, connectorSession, types, wires, result, rows, out);
            idle.add(projection);
        };
    }

    private static void apply(
            PageProjection projection,
            ConnectorSession session,
            List<Type> types,
            List<Wire> wires,
            Wire result,
            DuckDBDataChunkReader rows,
            DuckDBWritableVector out) {
        int count = Math.toIntExact(rows.rowCount());
        Block[] blocks = new Block[projection.getInputChannels().size()];
        for (int i = 0; i < blocks.length; i++) {
            int channel = projection.getInputChannels().getInputChannels().get(i);
            blocks[i] = read(rows, channel + 1, types.get(channel), wires.get(channel), count);
        }
        try {
            Block values = projection.project(
                    session, SourcePage.create(new Page(count, blocks)), SelectedPositions.positionsRange(0, count));
            write(values, result, out);
        } catch (TrinoException e) {
            throw named(e);
        }
    }

    /// DuckDB passes on nothing but the text.
    static RuntimeException named(TrinoException e) {
        return new IllegalArgumentException("TRINO[" + e.getErrorCode().getName() + "] " + e.getRawMessage(), e);
    }

    static void write(Block values, Wire wire, DuckDBWritableVector out) {
        Carrier.VectorSink sink = new Carrier.VectorSink(out);
        for (int row = 0; row < values.getPositionCount(); row++) {
            if (values.isNull(row)) {
                out.setNull(row);
            } else {
                wire.write().value(values, row, sink.at(row));
            }
        }
    }

    private static Block read(DuckDBDataChunkReader rows, int column, Type type, Wire wire, int count) {
        BlockBuilder block = type.createBlockBuilder(null, count);
        var vector = rows.vector(column);
        Carrier.VectorSource source = new Carrier.VectorSource(vector);
        for (long row = 0; row < count; row++) {
            if (vector.isNull(row)) {
                block.appendNull();
            } else {
                wire.read().value(source.at(row), block);
            }
        }
        return block.build();
    }
}
