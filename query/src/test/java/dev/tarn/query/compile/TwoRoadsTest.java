package dev.tarn.query.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.model.ServedModels;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.query.QuerySession;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import dev.tarn.query.plan.LakeAccessControl;
import dev.tarn.query.plan.Planner;
import dev.tarn.query.plan.Predictions;
import io.airlift.slice.Slices;
import io.trino.Session;
import io.trino.metadata.Metadata;
import io.trino.metadata.OperatorNotFoundException;
import io.trino.metadata.ResolvedFunction;
import io.trino.spi.function.OperatorType;
import io.trino.spi.type.BigintType;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.CharType;
import io.trino.spi.type.DateType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.DoubleType;
import io.trino.spi.type.IntegerType;
import io.trino.spi.type.RealType;
import io.trino.spi.type.SmallintType;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.TinyintType;
import io.trino.spi.type.Type;
import io.trino.spi.type.VarcharType;
import io.trino.sql.analyzer.TypeDescriptorProvider;
import io.trino.sql.ir.Call;
import io.trino.sql.ir.Cast;
import io.trino.sql.ir.Constant;
import io.trino.sql.ir.Expression;
import io.trino.sql.ir.Reference;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What DuckDB computes by itself, against Trino's own code on the same values: each line of `ScalarFunctions`, each
/// operator and each cast that takes DuckDB's road.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TwoRoadsTest {
    private static final List<Type> TYPES = List.of(
            BooleanType.BOOLEAN,
            TinyintType.TINYINT,
            SmallintType.SMALLINT,
            IntegerType.INTEGER,
            BigintType.BIGINT,
            RealType.REAL,
            DoubleType.DOUBLE,
            DecimalType.createDecimalType(5, 2),
            DecimalType.createDecimalType(18, 0),
            DecimalType.createDecimalType(38, 10),
            VarcharType.VARCHAR,
            VarcharType.createVarcharType(3),
            CharType.createCharType(5),
            DateType.DATE,
            TimestampType.TIMESTAMP_SECONDS,
            TimestampType.TIMESTAMP_MICROS);

    private static final Map<String, List<Type>> KINDS = Map.of(
            "int", TYPES.subList(1, 5),
            "double", List.of(DoubleType.DOUBLE),
            "decimal", TYPES.subList(7, 10),
            "varchar", List.of(VarcharType.VARCHAR),
            "boolean", List.of(BooleanType.BOOLEAN),
            "date", List.of(DateType.DATE),
            "timestamp", List.of(TimestampType.TIMESTAMP_SECONDS, TimestampType.TIMESTAMP_MICROS));

    private static final Map<String, List<Constant>> CONSTANTS = Map.of(
            "positive", numbers(1, 2, 3, 1000),
            "natural", numbers(0, 1, 2, 1000),
            "text", texts("a", "é", "aa", "xyz"),
            "unit", texts("day", "week", "month", "quarter", "year"),
            "clock", texts("hour", "minute", "second"));

    private static final List<String> FAILS = List.of("fails");

    @TempDir
    static Path folder;

    private Lake lake;
    private DuckDb duckDb;
    private Planner planner;
    private DuckDBConnection connection;
    private JavaFunctions functions;
    private Metadata metadata;

    @BeforeAll
    void start() {
        lake = Lake.open(LakeConfig.inFolder(folder));
        duckDb = DuckDb.open(DuckDbConfig.of(1L << 30, 1, folder.resolve("spill"), folder));
        planner = new Planner(
                "tarn",
                (branch, user) -> lake.branch(branch),
                new LakeAccessControl(),
                new Predictions(ServedModels.none()));
        connection = duckDb.connect();
        functions = new JavaFunctions(connection);
        metadata = planner.context().getMetadata();
    }

    @AfterAll
    void stop() throws SQLException {
        connection.close();
        planner.close();
        duckDb.close();
        lake.close();
    }

    static Stream<String> lines() {
        return ScalarFunctions.lines().stream()
                // Chance, and what holds other values, are looked at elsewhere.
                .filter(line -> !line.matches("(random|rand|cardinality|\\$?not) .*"));
    }

    /// A new line of the table is proved here by itself.
    @ParameterizedTest
    @MethodSource("lines")
    void function(String line) throws SQLException {
        String[] cells = line.split("\\|", -1);
        String name = cells[0].strip();
        List<String> kinds = List.of(cells[1].strip().split(", ", -1));
        int proved = 0;
        for (List<Expression> arguments : arguments(kinds)) {
            ResolvedFunction function = metadata.resolveBuiltinFunction(
                    name,
                    TypeDescriptorProvider.fromTypes(
                            arguments.stream().map(Expression::type).toList()));
            if (!function.signature()
                    .getArgumentTypes()
                    .equals(arguments.stream().map(Expression::type).toList())) {
                continue;
            }
            Call call = new Call(function, arguments);
            Optional<Template> road = ScalarFunctions.find(call);
            if (road.isPresent()) {
                proved += prove(call, road.get().fill(at -> sql(arguments.get(at)), arguments.size()));
            }
        }
        assertThat(proved).as("calls of " + line).isPositive();
    }

    static Stream<OperatorType> operators() {
        return Stream.of(
                OperatorType.ADD,
                OperatorType.SUBTRACT,
                OperatorType.MULTIPLY,
                OperatorType.DIVIDE,
                OperatorType.MODULO,
                OperatorType.NEGATION,
                OperatorType.EQUAL,
                OperatorType.IDENTICAL,
                OperatorType.LESS_THAN,
                OperatorType.LESS_THAN_OR_EQUAL);
    }

    @ParameterizedTest
    @MethodSource("operators")
    void operator(OperatorType operator) throws SQLException {
        int proved = 0;
        for (Type left : TYPES) {
            for (Type right : operator == OperatorType.NEGATION ? List.of(left) : TYPES) {
                List<Type> types = operator == OperatorType.NEGATION ? List.of(left) : List.of(left, right);
                try {
                    ResolvedFunction function = metadata.resolveOperator(operator, types);
                    if (function.signature().getArgumentTypes().equals(types)) {
                        Call call = new Call(function, columns(types));
                        Optional<String> road = new Operators().operator(call, TwoRoadsTest::sql);
                        proved += road.isPresent() ? prove(call, road.get()) : 0;
                    }
                } catch (OperatorNotFoundException e) {
                    // Trino has no such operator.
                }
            }
        }
        assertThat(proved).isPositive();
    }

    static Stream<Type> castFrom() {
        return TYPES.stream();
    }

    @ParameterizedTest
    @MethodSource("castFrom")
    void cast(Type from) throws SQLException {
        for (Type to : TYPES) {
            Optional<java.util.function.UnaryOperator<String>> road = Casts.find(from, to);
            if (road.isPresent() && !from.equals(to)) {
                try {
                    metadata.getCoercion(from, to);
                } catch (OperatorNotFoundException e) {
                    continue;
                }
                Cast cast = new Cast(columns(List.of(from)).getFirst(), to);
                prove(cast, road.get().apply("c0"));
            }
        }
    }

    /// Every combination of a kind's types and constants.
    private static List<List<Expression>> arguments(List<String> kinds) {
        List<List<Expression>> all = List.of(List.of());
        for (int i = 0; i < kinds.size(); i++) {
            List<Expression> choices = new ArrayList<>();
            int at = i;
            KINDS.getOrDefault(kinds.get(i), List.of()).forEach(type -> choices.add(new Reference(type, "c" + at)));
            choices.addAll(CONSTANTS.getOrDefault(kinds.get(i), List.of()));
            List<List<Expression>> longer = new ArrayList<>();
            for (List<Expression> start : all) {
                for (Expression choice : choices) {
                    longer.add(Stream.concat(start.stream(), Stream.of(choice)).toList());
                }
            }
            all = longer;
        }
        return all;
    }

    private static List<Expression> columns(List<Type> types) {
        return IntStream.range(0, types.size())
                .mapToObj(i -> (Expression) new Reference(types.get(i), "c" + i))
                .toList();
    }

    private static String sql(Expression expression) {
        return switch (expression) {
            case Reference reference -> reference.name();
            case Constant constant -> Literals.of(constant.type(), constant.value());
            default -> throw new IllegalArgumentException(expression.toString());
        };
    }

    /// @return 1
    private int prove(Expression expression, String duckSql) throws SQLException {
        Session session = planner.session(
                QuerySession.of(new Identity("tester", "test", false)).withZone(java.time.ZoneId.of("UTC")), "q_1");
        JavaFunctions.Held held = new JavaFunctions.Held();
        JavaRoad java = new JavaRoad(planner.context(), session, functions, held, new Zones(session));
        String trinoSql = expression instanceof Cast cast
                ? java.cast(cast, TwoRoadsTest::sql)
                : java.call((Call) expression, TwoRoadsTest::sql);
        List<Reference> columns = expression.children().stream()
                .filter(Reference.class::isInstance)
                .map(Reference.class::cast)
                .toList();
        List<String> rows = rows(columns);
        String names = String.join(", ", columns.stream().map(Reference::name).toList());
        List<List<String>> byDuckDb = answers(duckSql, rows, names);
        List<List<String>> byTrino = answers(trinoSql, rows, names);
        assertThat(byTrino).as("answers of " + expression).anyMatch(answer -> !answer.equals(FAILS));
        for (int i = 0; i < rows.size(); i++) {
            assertThat(byDuckDb.get(i))
                    .as("%s of %s by %s", expression, rows.get(i), duckSql)
                    .isEqualTo(byTrino.get(i));
        }
        assertThat(held.all()).isNotEmpty();
        return 1;
    }

    private static List<String> rows(List<Reference> columns) {
        List<String> rows = List.of("");
        for (Reference column : columns) {
            List<String> longer = new ArrayList<>();
            for (String row : rows) {
                for (Object value : Corpus.of(column.type())) {
                    longer.add((row.isEmpty() ? "" : row + ", ") + Literals.of(column.type(), value));
                }
            }
            rows = longer;
        }
        return rows;
    }

    /// All rows at once, and one by one where that fails: then some rows' answers are errors.
    private List<List<String>> answers(String sql, List<String> rows, String names) {
        Optional<List<List<String>>> all = answer(sql, rows, names);
        if (all.isPresent()) {
            return all.get();
        }
        return rows.stream()
                .map(row -> answer(sql, List.of(row), names).map(List::getFirst).orElse(FAILS))
                .toList();
    }

    private Optional<List<List<String>>> answer(String sql, List<String> rows, String names) {
        StringBuilder values = new StringBuilder();
        for (int i = 0; i < rows.size(); i++) {
            values.append(i == 0 ? "" : ", ")
                    .append("(")
                    .append(i)
                    .append(", ")
                    .append(rows.get(i))
                    .append(")");
        }
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT CAST(" + sql + " AS VARCHAR), typeof(" + sql
                        + ") FROM (VALUES " + values + ") AS t (n, " + names + ") ORDER BY n")) {
            List<List<String>> answers = new ArrayList<>();
            while (result.next()) {
                // A NaN has a sign in DuckDB's text, and nowhere else.
                String value = String.valueOf((@Nullable String) result.getString(1));
                answers.add(List.of(value.equals("-nan") ? "nan" : value, result.getString(2)));
            }
            return Optional.of(answers);
        } catch (SQLException e) {
            return Optional.empty();
        }
    }

    private static List<Constant> numbers(long... values) {
        return java.util.Arrays.stream(values)
                .mapToObj(value -> new Constant(BigintType.BIGINT, value))
                .toList();
    }

    private static List<Constant> texts(String... values) {
        return Stream.of(values)
                .map(value -> new Constant(VarcharType.VARCHAR, Slices.utf8Slice(value)))
                .toList();
    }
}
