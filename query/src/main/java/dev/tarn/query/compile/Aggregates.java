package dev.tarn.query.compile;

import io.trino.metadata.ResolvedFunction;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.DoubleType;
import io.trino.spi.type.RealType;
import io.trino.spi.type.Type;
import io.trino.sql.ir.Expression;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Aggregate functions as DuckDB computes them with Trino's answers. `$1`, `$2` are the arguments; `{d}` stands
/// where DISTINCT may come, `{o}` for ORDER BY and `{f}` for FILTER, which follow every aggregate of the line.
/// What has no line runs as Trino's own code ([AggregateRoad]): correct all the same, and slower.
final class Aggregates {
    /// function | argument kinds | SQL
    private static final String TABLE = """
            count            |                  | count(*){f}
            count            | any              | count({d}$1){f}
            count_if         | boolean          | count(*) FILTER (WHERE {and}$1)
            sum              | int              | sum({d}$1){f}
            sum              | double           | sum({d}$1){f}
            sum              | real             | sum({d}CAST($1 AS DOUBLE)){f}
            sum              | decimal          | sum({d}$1){f}
            avg              | int              | avg({d}$1){f}
            avg              | double           | avg({d}$1){f}
            avg              | real             | avg({d}CAST($1 AS DOUBLE)){f}
            avg              | decimal          | {average}
            min              | plain            | min({d}$1){f}
            max              | plain            | max({d}$1){f}
            min              | floating         | min($1){f}
            max              | floating         | coalesce(max(CASE WHEN isnan($1) THEN NULL ELSE $1 END){f}, max($1){f})
            bool_and         | boolean          | bool_and($1){f}
            every            | boolean          | bool_and($1){f}
            bool_or          | boolean          | bool_or($1){f}
            any_value        | any              | any_value($1{o}){f}
            arbitrary        | any              | any_value($1{o}){f}
            stddev           | double           | {spread stddev_samp}
            stddev_samp      | double           | {spread stddev_samp}
            stddev_pop       | double           | {spread stddev_pop}
            variance         | double           | {spread var_samp}
            var_samp         | double           | {spread var_samp}
            var_pop          | double           | {spread var_pop}
            stddev           | int              | stddev_samp({d}CAST($1 AS DOUBLE)){f}
            stddev_samp      | int              | stddev_samp({d}CAST($1 AS DOUBLE)){f}
            stddev_pop       | int              | stddev_pop({d}CAST($1 AS DOUBLE)){f}
            variance         | int              | var_samp({d}CAST($1 AS DOUBLE)){f}
            var_samp         | int              | var_samp({d}CAST($1 AS DOUBLE)){f}
            var_pop          | int              | var_pop({d}CAST($1 AS DOUBLE)){f}
            corr             | double, double   | {spread corr}
            covar_samp       | double, double   | {spread covar_samp}
            covar_pop        | double, double   | {spread covar_pop}
            regr_slope       | double, double   | {spread regr_slope}
            regr_intercept   | double, double   | {spread regr_intercept}
            array_agg        | any              | list({d}$1{o}){f}
            approx_distinct  | plain            | count(DISTINCT $1){f}
            approx_distinct  | plain, double    | count(DISTINCT $1){f}
            approx_distinct  | floating         | count(DISTINCT $1){f}
            bitwise_and_agg  | bigint           | bit_and($1){f}
            bitwise_or_agg   | bigint           | bit_or($1){f}
            bitwise_xor_agg  | bigint           | bit_xor($1){f}
            """;

    private static final Map<String, List<Entry>> ENTRIES = parse();

    private Aggregates() {}

    private record Entry(List<String> kinds, String sql) {}

    /// One use of an aggregate.
    ///
    /// @param expressions the arguments, lambdas among them
    /// @param arguments their SQL, empty text for a lambda
    /// @param filter the SQL of FILTER and of a mask, if any
    /// @param order the items of ORDER BY within the aggregate
    record Use(
            ResolvedFunction function,
            List<Expression> expressions,
            List<String> arguments,
            Type result,
            boolean distinct,
            Optional<String> filter,
            List<String> order) {
        String name() {
            return function.name().functionName();
        }

        List<Type> argumentTypes() {
            return expressions.stream().map(Expression::type).toList();
        }
    }

    /// The names in the table.
    static Set<String> names() {
        return ENTRIES.keySet();
    }

    /// @param suffix what follows every aggregate, such as OVER (…)
    static String sql(Use use, String suffix, AggregateRoad road) {
        if (use.distinct() && !use.argumentTypes().stream().allMatch(DuckType::isGroupable)) {
            throw Refused.because("DISTINCT values of such a type in the aggregate " + use.name());
        }
        Optional<String> line = find(use);
        if (line.isEmpty()) {
            return road.sql(use, suffix);
        }
        String template = line.get();
        if (template.equals("{average}")) {
            return average(use, suffix);
        }
        return "CAST(" + fill(spread(template), use, suffix) + " AS " + DuckType.of(use.result()) + ")";
    }

    /// The line of the table for a use, unless it takes the other road.
    static Optional<String> find(Use use) {
        return ENTRIES.getOrDefault(use.name(), List.of()).stream()
                .filter(entry -> fits(entry, use))
                .map(Entry::sql)
                .findFirst()
                .filter(sql -> !use.distinct() || takesDistinct(sql));
    }

    /// DISTINCT has its place in the line, or changes nothing.
    private static boolean takesDistinct(String sql) {
        return sql.contains("{d}")
                || sql.equals("{average}")
                || sql.startsWith("min(")
                || sql.startsWith("coalesce(max(")
                || sql.startsWith("count(DISTINCT")
                || sql.startsWith("bool_");
    }

    private static String filter(Use use) {
        return use.filter()
                .map(condition -> " FILTER (WHERE " + condition + ")")
                .orElse("");
    }

    /// Moments of doubles that may be NaN or infinite, of which DuckDB makes 0 or an error: `{spread name}` in the
    /// table. Trino's variance is then NaN, its correlation and regression null. Its covariance of infinite values
    /// depends on the order of the rows, and is refused when it is met.
    private static String spread(String template) {
        if (!template.startsWith("{spread ")) {
            return template;
        }
        String name = template.substring("{spread ".length(), template.length() - 1);
        String one = "CASE WHEN isfinite($1) THEN $1 END";
        String two = "CASE WHEN isfinite($2) THEN $2 END";
        String rows = "count($1 + $2){f}";
        String wild = "CASE WHEN bool_or(isnan($1 - $1 + $2 - $2)){f} THEN ";
        String nan = "CAST('NaN' AS DOUBLE)";
        String refused = "CASE WHEN " + rows + " > 1 AND NOT bool_or((isnan($1) OR isnan($2)) AND $1 + $2 IS NOT"
                + " NULL){f} THEN error('TRINO[NOT_SUPPORTED] " + name + " of infinite values is not supported by"
                + " the embedded engine') ";
        return switch (name) {
            case "var_pop", "stddev_pop" ->
                "CASE WHEN bool_or(NOT isfinite($1)){f} THEN " + nan + " ELSE " + name + "({d}" + one + "){f} END";
            case "var_samp", "stddev_samp" ->
                "CASE WHEN bool_or(NOT isfinite($1)){f} THEN CASE WHEN count({d}$1){f} > 1 THEN " + nan + " END ELSE "
                        + name + "({d}" + one + "){f} END";
            case "covar_pop" ->
                wild + refused + "ELSE " + nan + " END ELSE " + name + "(" + one + ", " + two + "){f} END";
            case "covar_samp" ->
                wild + refused + "WHEN " + rows + " > 1 THEN " + nan + " END ELSE " + name + "(" + one + ", " + two
                        + "){f} END";
            case "corr", "regr_slope", "regr_intercept" ->
                wild + "NULL ELSE nullif(" + name + "(" + one + ", " + two + "){f}, 'nan') END";
            default -> throw new IllegalStateException("no spread " + name);
        };
    }

    private static String fill(String template, Use use, String suffix) {
        String filter = filter(use);
        String order = use.order().isEmpty() ? "" : " ORDER BY " + String.join(", ", use.order());
        String sql = template.replace("{d}", use.distinct() ? "DISTINCT " : "")
                .replace("{o}", order)
                .replace(
                        "{and}",
                        use.filter().map(condition -> condition + " AND ").orElse(""));
        return new Template(sql.replace("{f}", (filter + suffix).replace("$", "$$"))
                        .concat(template.contains("{f}") ? "" : suffix.replace("$", "$$")))
                .fill(use.arguments());
    }

    /// The mean of decimals, rounded half away from zero at their own scale; DuckDB's would be a double.
    private static String average(Use use, String suffix) {
        DecimalType type = (DecimalType) use.argumentTypes().getFirst();
        String sum = fill("sum({d}$1){f}", use, suffix);
        String count = fill("count({d}$1){f}", use, suffix);
        String quotient = Decimals.roundedQuotient(
                Decimals.unscaled(
                        sum, DecimalType.createDecimalType(38, type.getScale()).getPrecision(), type.getScale()),
                "CAST(" + count + " AS HUGEINT)");
        return "CASE WHEN " + count + " = 0 THEN NULL ELSE " + Decimals.scaled(quotient, type) + " END";
    }

    private static boolean fits(Entry entry, Use use) {
        if (entry.kinds().size() != use.argumentTypes().size()) {
            return false;
        }
        for (int i = 0; i < entry.kinds().size(); i++) {
            if (!is(entry.kinds().get(i), use.argumentTypes().get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean is(String kind, Type type) {
        return switch (kind) {
            case "any" -> true;
            case "int" -> DuckType.isInteger(type);
            case "bigint" -> type instanceof io.trino.spi.type.BigintType;
            case "double" -> type instanceof DoubleType;
            case "real" -> type instanceof RealType;
            case "decimal" -> type instanceof DecimalType;
            case "boolean" -> type instanceof BooleanType;
            case "plain" -> Operators.plainlyComparable(type) && !(type instanceof io.trino.spi.type.CharType);
            case "floating" -> DuckType.isFloating(type);
            default -> throw new IllegalStateException("no kind " + kind);
        };
    }

    private static Map<String, List<Entry>> parse() {
        Map<String, List<Entry>> entries = new HashMap<>();
        for (String line : TABLE.lines().toList()) {
            String[] cells = line.split("\\| ", 3);
            String kinds = cells[1].strip();
            entries.computeIfAbsent(cells[0].strip(), name -> new ArrayList<>())
                    .add(new Entry(kinds.isEmpty() ? List.of() : List.of(kinds.split(", ", -1)), cells[2].strip()));
        }
        return entries;
    }
}
