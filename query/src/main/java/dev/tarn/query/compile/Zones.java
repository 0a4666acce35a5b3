package dev.tarn.query.compile;

import io.airlift.slice.Slice;
import io.trino.Session;
import io.trino.spi.block.Block;
import io.trino.spi.block.SqlMap;
import io.trino.spi.block.SqlRow;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.DateTimeEncoding;
import io.trino.spi.type.LongTimestampWithTimeZone;
import io.trino.spi.type.MapType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.TimeZoneKey;
import io.trino.spi.type.TimeZoneNotSupportedException;
import io.trino.spi.type.TimestampWithTimeZoneType;
import io.trino.spi.type.Type;
import io.trino.spi.type.TypeUtils;
import io.trino.sql.ir.Array;
import io.trino.sql.ir.Call;
import io.trino.sql.ir.Case;
import io.trino.sql.ir.Cast;
import io.trino.sql.ir.Coalesce;
import io.trino.sql.ir.Constant;
import io.trino.sql.ir.Expression;
import io.trino.sql.ir.Lambda;
import io.trino.sql.ir.Let;
import io.trino.sql.ir.Match;
import io.trino.sql.ir.Reference;
import io.trino.sql.ir.Row;
import io.trino.sql.ir.WhenClause;
import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.plan.AggregationNode;
import io.trino.sql.planner.plan.GroupIdNode;
import io.trino.sql.planner.plan.PlanNode;
import io.trino.sql.planner.plan.ProjectNode;
import io.trino.sql.planner.plan.SetOperationNode;
import io.trino.sql.planner.plan.UnnestNode;
import io.trino.sql.planner.plan.ValuesNode;
import io.trino.sql.planner.plan.WindowNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The time zone of every value with one. Trino keeps a zone in each value, DuckDB only the moment; so the zone is
/// found from the plan, one for each column, and what would mix several zones in one column is refused. A wrong
/// guess (text that names its own zone) is noticed when the value is made, and refused then.
final class Zones {
    private final Session session;
    private final Map<String, Zone> symbols = new HashMap<>();

    Zones(Session session) {
        this.session = session;
    }

    /// @param key null where several meet
    private record Zone(@Nullable TimeZoneKey key) {}

    private static final Zone UTC = new Zone(TimeZoneKey.UTC_KEY);
    private static final Zone SEVERAL = new Zone(null);

    /// Whether values of the type have a time zone, or hold some that have.
    static boolean isZoned(Type type) {
        return switch (type) {
            case TimestampWithTimeZoneType ignored -> true;
            case ArrayType array -> isZoned(array.getElementType());
            case MapType map -> isZoned(map.getKeyType()) || isZoned(map.getValueType());
            case RowType row -> row.getFields().stream().anyMatch(field -> isZoned(field.getType()));
            default -> false;
        };
    }

    /// The zone of an expression's values; UTC for those that have none.
    TimeZoneKey of(Expression expression) {
        if (!isZoned(expression.type())) {
            return TimeZoneKey.UTC_KEY;
        }
        TimeZoneKey key = Objects.requireNonNullElse(find(expression), UTC).key();
        if (key == null) {
            throw Refused.because("A column with timestamps of several time zones");
        }
        return key;
    }

    /// The zones of several expressions.
    List<TimeZoneKey> all(Collection<Expression> expressions) {
        return expressions.stream().map(this::of).toList();
    }

    /// The zone of what a function makes of arguments: that of the first argument with one.
    TimeZoneKey ofResult(Type result, List<Expression> arguments) {
        if (!isZoned(result)) {
            return TimeZoneKey.UTC_KEY;
        }
        return arguments.stream()
                .filter(argument -> isZoned(argument.type()))
                .findFirst()
                .map(this::of)
                .orElse(session.getTimeZoneKey());
    }

    /// Learns the zones of a node's own columns, those of its sources being known.
    void learn(PlanNode node) {
        switch (node) {
            case ProjectNode project -> project.getAssignments().forEach(this::learn);
            case AggregationNode aggregation ->
                aggregation.getAggregations().forEach((symbol, each) -> learnResult(symbol, each.getArguments()));
            case WindowNode window ->
                window.getWindowFunctions().forEach((symbol, each) -> learnResult(symbol, each.getArguments()));
            case GroupIdNode groups ->
                groups.getGroupingColumns().forEach((to, from) -> learn(to, from.toSymbolReference()));
            case SetOperationNode sets ->
                sets.getSymbolMapping()
                        .asMap()
                        .forEach((symbol, inputs) -> learnAny(
                                symbol,
                                inputs.stream()
                                        .map(input -> (Expression) input.toSymbolReference())
                                        .toList()));
            case UnnestNode unnest ->
                unnest.getMappings()
                        .forEach(mapping -> mapping.getOutputs()
                                .forEach(output ->
                                        learn(output, mapping.getInput().toSymbolReference())));
            case ValuesNode values -> learnValues(values);
            default -> {
                // Passes its sources' columns on, or reads them from a table, where the zone is UTC.
            }
        }
    }

    /// Learns the zone of a name for a value.
    void bind(Symbol symbol, Expression value) {
        learn(symbol, value);
    }

    private void learn(Symbol symbol, Expression expression) {
        learnAny(symbol, List.of(expression));
    }

    private void learnResult(Symbol symbol, List<Expression> arguments) {
        if (isZoned(symbol.type())) {
            symbols.put(symbol.name(), new Zone(ofResult(symbol.type(), arguments)));
        }
    }

    private void learnAny(Symbol symbol, List<Expression> expressions) {
        if (isZoned(symbol.type())) {
            symbols.put(symbol.name(), Objects.requireNonNullElse(one(expressions), UTC));
        }
    }

    private void learnValues(ValuesNode values) {
        List<Symbol> columns = values.getOutputSymbols();
        for (int i = 0; i < columns.size(); i++) {
            if (!isZoned(columns.get(i).type())) {
                continue;
            }
            List<Expression> cells = new ArrayList<>();
            for (Expression row : values.getRows().orElse(List.of())) {
                cells.add(cell(row, i));
            }
            learnAny(columns.get(i), cells);
        }
    }

    private static Expression cell(Expression row, int at) {
        if (row instanceof Row items) {
            return items.items().get(at);
        }
        Type type = DuckType.parts(row.type()).get(at);
        return row instanceof Constant constant && constant.value() instanceof SqlRow values
                ? new Constant(type, TypeUtils.readNativeValue(type, values.getRawFieldBlock(at), values.getRawIndex()))
                : new Constant(type, null);
    }

    /// Null when no value has a zone, because all are null.
    private @Nullable Zone one(Collection<Expression> expressions) {
        Zone found = null;
        for (Expression expression : expressions) {
            Zone zone = isZoned(expression.type()) ? find(expression) : null;
            if (zone != null) {
                found = found == null || found.equals(zone) ? zone : SEVERAL;
            }
        }
        return found;
    }

    private @Nullable Zone find(Expression expression) {
        return switch (expression) {
            case Reference reference -> symbols.getOrDefault(reference.name(), UTC);
            case Constant constant -> constant(constant.type(), constant.value());
            case Cast cast -> isZoned(cast.expression().type()) ? find(cast.expression()) : ofSession();
            case Call call -> call(call);
            case Case conditional -> {
                List<Expression> results = new ArrayList<>();
                conditional.whenClauses().stream().map(WhenClause::getResult).forEach(results::add);
                results.add(conditional.defaultValue());
                yield one(results);
            }
            case Match match -> {
                List<Expression> results = new ArrayList<>();
                match.clauses().forEach(clause -> results.add(clause.result()));
                results.add(match.defaultValue());
                yield one(results);
            }
            case Coalesce coalesce -> one(coalesce.operands());
            case Array array -> one(array.elements());
            case Row row -> one(row.items());
            case Let let -> {
                learn(let.name(), let.value());
                yield find(let.body());
            }
            case Lambda lambda -> find(lambda.body());
            default ->
                one(expression.children().stream()
                        .map(child -> (Expression) child)
                        .toList());
        };
    }

    private Zone ofSession() {
        return new Zone(session.getTimeZoneKey());
    }

    private @Nullable Zone call(Call call) {
        String name = call.function().name().functionName();
        List<Expression> arguments = call.arguments();
        return switch (name) {
            case "at_timezone", "with_timezone" -> named(arguments.getLast()).orElse(SEVERAL);
            case "from_unixtime" ->
                arguments.size() == 2 ? named(arguments.getLast()).orElse(SEVERAL) : ofSession();
            default -> {
                Zone zone = one(arguments);
                boolean any = arguments.stream().anyMatch(argument -> isZoned(argument.type()));
                yield any || zone != null ? zone : ofSession();
            }
        };
    }

    private static Optional<Zone> named(Expression zone) {
        try {
            return zone instanceof Constant constant && constant.value() instanceof Slice id
                    ? Optional.of(new Zone(TimeZoneKey.getTimeZoneKey(id.toStringUtf8())))
                    : Optional.empty();
        } catch (TimeZoneNotSupportedException e) {
            // The function says so itself.
            return Optional.of(UTC);
        }
    }

    private static @Nullable Zone constant(Type type, @Nullable Object value) {
        return switch (value) {
            case null -> null;
            case Long packed
            when type instanceof TimestampWithTimeZoneType -> new Zone(DateTimeEncoding.unpackZoneKey(packed));
            case LongTimestampWithTimeZone moment -> new Zone(TimeZoneKey.getTimeZoneKey(moment.getTimeZoneKey()));
            case Block block
            when type instanceof ArrayType array ->
                elements(array.getElementType(), block, 0, block.getPositionCount());
            case SqlMap map
            when type instanceof MapType mapType -> {
                Zone keys = elements(mapType.getKeyType(), map.getRawKeyBlock(), map.getRawOffset(), map.getSize());
                Zone values =
                        elements(mapType.getValueType(), map.getRawValueBlock(), map.getRawOffset(), map.getSize());
                yield keys == null || keys.equals(values) ? values : values == null ? keys : SEVERAL;
            }
            case SqlRow row
            when type instanceof RowType rowType -> {
                Zone found = null;
                for (int i = 0; i < row.getFieldCount(); i++) {
                    Zone zone = elements(
                            rowType.getFields().get(i).getType(), row.getRawFieldBlock(i), row.getRawIndex(), 1);
                    found = zone == null || zone.equals(found) ? found : found == null ? zone : SEVERAL;
                }
                yield found;
            }
            default -> null;
        };
    }

    private static @Nullable Zone elements(Type type, Block block, int from, int count) {
        Zone found = null;
        if (isZoned(type)) {
            for (int i = from; i < from + count; i++) {
                Zone zone = constant(type, TypeUtils.readNativeValue(type, block, i));
                found = zone == null || zone.equals(found) ? found : found == null ? zone : SEVERAL;
            }
        }
        return found;
    }
}
