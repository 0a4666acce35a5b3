package dev.tarn.query.compile;

import dev.tarn.query.compile.JavaFunctions.Body;
import io.trino.Session;
import io.trino.operator.AggregationMetrics;
import io.trino.operator.aggregation.AccumulatorCompiler;
import io.trino.operator.aggregation.AccumulatorFactory;
import io.trino.operator.aggregation.Aggregator;
import io.trino.operator.aggregation.AggregatorFactory;
import io.trino.spi.Page;
import io.trino.spi.TrinoException;
import io.trino.spi.block.Block;
import io.trino.spi.block.BlockBuilder;
import io.trino.spi.function.AggregationImplementation;
import io.trino.spi.type.FunctionType;
import io.trino.spi.type.TimeZoneKey;
import io.trino.spi.type.Type;
import io.trino.sql.PlannerContext;
import io.trino.sql.gen.LambdaBytecodeGenerator;
import io.trino.sql.ir.Expression;
import io.trino.sql.ir.Lambda;
import io.trino.sql.planner.plan.AggregationNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.duckdb.DuckDBDataChunkReader;
import org.duckdb.DuckDBReadableVector;
import org.duckdb.DuckDBWritableVector;

/// Aggregates by Trino's own code: DuckDB gathers the arguments of a group's rows into a list (where DISTINCT, FILTER,
/// ORDER BY and a window's frame apply), and a function in Java runs Trino's accumulator over it.
final class AggregateRoad {
    private final PlannerContext context;
    private final Session session;
    private final JavaFunctions functions;
    private final JavaFunctions.Held held;
    private final Zones zones;

    AggregateRoad(
            PlannerContext context, Session session, JavaFunctions functions, JavaFunctions.Held held, Zones zones) {
        this.context = context;
        this.session = session;
        this.functions = functions;
        this.held = held;
        this.zones = zones;
    }

    /// @param over OVER (…), if it is a window's
    String sql(Aggregates.Use use, String over) {
        TimeZoneKey zone = zones.ofResult(use.result(), use.expressions());
        Wire result = Wire.of(use.result(), zone)
                .orElseThrow(() -> Refused.because("The aggregate " + use.name() + " with a result of type "
                        + use.result().getDisplayName()));
        List<Type> types = new ArrayList<>();
        List<TimeZoneKey> argumentZones = new ArrayList<>();
        List<Lambda> lambdas = new ArrayList<>();
        List<String> items = new ArrayList<>();
        for (int i = 0; i < use.expressions().size(); i++) {
            Expression argument = use.expressions().get(i);
            if (argument instanceof Lambda lambda) {
                lambdas.add(lambda);
            } else {
                types.add(argument.type());
                argumentZones.add(zones.of(argument));
                items.add("a" + items.size() + " := " + use.arguments().get(i));
            }
        }
        if (items.isEmpty()) {
            items.add("a0 := 0");
        }
        String row = Lambdas.variable(9);
        List<String> carried = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            carried.add("a" + i + " := " + JsonWire.sql(types.get(i), argumentZones.get(i), row + ".a" + i));
        }
        String list = list(use, "struct_pack(" + String.join(", ", items) + ")", over);
        String rows = types.isEmpty()
                ? list
                : Lambdas.transform(list, row, "struct_pack(" + String.join(", ", carried) + ")");
        String key = "aggregate " + use.function().signature() + " " + lambdas + " "
                + lambdas.stream().map(JavaRoad::typesWithin).toList() + " " + types + " " + argumentZones + " "
                + zone.getId() + " " + session.getTimeZoneKey().getId();
        JavaFunctions.JavaFunction function = held.add(functions.function(
                key,
                List.of(Carrier.TEXT),
                result.carrier(),
                true,
                () -> compiled(use, types, argumentZones, lambdas, result)));
        return result.fromWire()
                .fill(List.of(function.call(List.of("coalesce(CAST(to_json(" + rows + ") AS VARCHAR), '[]')"))));
    }

    private static String list(Aggregates.Use use, String row, String over) {
        if (use.distinct() && !use.order().isEmpty()) {
            return distinctInOrder(use, row, over);
        }
        return "list(" + (use.distinct() ? "DISTINCT " : "") + row
                + (use.order().isEmpty() ? "" : " ORDER BY " + String.join(", ", use.order())) + ")"
                + filter(use.filter()) + over;
    }

    /// DuckDB wants to sort different values by the whole row; so the key comes first in it, and rows without one are
    /// gathered apart.
    private static String distinctInOrder(Aggregates.Use use, String row, String over) {
        if (use.order().size() != 1) {
            throw Refused.because("DISTINCT with ORDER BY several values in the aggregate " + use.name());
        }
        String item = use.order().getFirst();
        if (item.startsWith("isnan(")) {
            throw Refused.because(
                    "DISTINCT with ORDER BY floating point values NULLS FIRST in the aggregate " + use.name());
        }
        boolean nullsFirst = item.endsWith(" NULLS FIRST");
        String sorted = item.substring(0, item.lastIndexOf(" NULLS "));
        String direction = sorted.substring(sorted.lastIndexOf(' ') + 1);
        String key = sorted.substring(0, sorted.lastIndexOf(' '));
        String keyed = "list(DISTINCT struct_pack(k := " + key + ", v := " + row + "))";
        String with = "list_sort(" + keyed + filter(and(use.filter(), key + " IS NOT NULL")) + over + ", '" + direction
                + "')";
        String without = keyed + filter(and(use.filter(), key + " IS NULL")) + over;
        String all = "list_concat(" + (nullsFirst ? without + ", " + with : with + ", " + without) + ")";
        String each = Lambdas.variable(8);
        return Lambdas.transform(all, each, each + ".v");
    }

    private static Optional<String> and(Optional<String> filter, String condition) {
        return Optional.of(filter.map(given -> "(" + given + ") AND ").orElse("") + condition);
    }

    private static String filter(Optional<String> condition) {
        return condition.map(given -> " FILTER (WHERE " + given + ")").orElse("");
    }

    private Body compiled(
            Aggregates.Use use, List<Type> types, List<TimeZoneKey> argumentZones, List<Lambda> lambdas, Wire result) {
        AggregationImplementation implementation =
                context.getFunctionManager().getAggregationImplementation(use.function());
        AccumulatorFactory accumulators = AccumulatorCompiler.generateAccumulatorFactory(
                use.function().signature(), implementation, use.function().functionNullability(), true);
        AggregatorFactory aggregators = new AggregatorFactory(
                accumulators,
                AggregationNode.Step.SINGLE,
                use.result(),
                use.result(),
                IntStream.range(0, types.size()).boxed().toList(),
                OptionalInt.empty(),
                false,
                lambdas(use, lambdas, implementation));
        return (rows, out) -> apply(aggregators, types, argumentZones, use.result(), result, rows, out);
    }

    private List<Supplier<Object>> lambdas(
            Aggregates.Use use, List<Lambda> lambdas, AggregationImplementation implementation) {
        List<Type> functionTypes = use.function().signature().getArgumentTypes().stream()
                .filter(FunctionType.class::isInstance)
                .toList();
        List<Supplier<Object>> providers = new ArrayList<>();
        for (int i = 0; i < functionTypes.size(); i++) {
            Class<? extends Supplier<Object>> provider = LambdaBytecodeGenerator.compileLambdaProvider(
                    lambdas.get(i),
                    context.getFunctionManager(),
                    context.getMetadata(),
                    context.getTypeManager(),
                    implementation.getLambdaInterfaces().get(i));
            try {
                providers.add(provider.getConstructor(io.trino.spi.connector.ConnectorSession.class)
                        .newInstance(session.toConnectorSession()));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("no lambda in " + use.name(), e);
            }
        }
        return providers;
    }

    private static void apply(
            AggregatorFactory aggregators,
            List<Type> types,
            List<TimeZoneKey> zones,
            Type resultType,
            Wire result,
            DuckDBDataChunkReader rows,
            DuckDBWritableVector out) {
        int count = Math.toIntExact(rows.rowCount());
        DuckDBReadableVector groups = rows.vector(1);
        BlockBuilder results = resultType.createBlockBuilder(null, count);
        try {
            for (long group = 0; group < count; group++) {
                Aggregator aggregator = aggregators.createAggregator(new AggregationMetrics());
                aggregator.processPage(page(types, zones, groups.getString(group)));
                aggregator.evaluate(results);
            }
            JavaRoad.write(results.build(), result, out);
        } catch (TrinoException e) {
            throw JavaRoad.named(e);
        }
    }

    private static Page page(List<Type> types, List<TimeZoneKey> zones, String json) {
        List<BlockBuilder> builders =
                types.stream().map(type -> type.createBlockBuilder(null, 16)).toList();
        int count = JsonWire.readAll(types, zones, json, builders);
        return new Page(count, builders.stream().map(BlockBuilder::build).toArray(Block[]::new));
    }
}
