package dev.tarn.query.compile;

import io.airlift.slice.Slice;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.DateType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.DoubleType;
import io.trino.spi.type.MapType;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.Type;
import io.trino.spi.type.VarcharType;
import io.trino.sql.ir.Call;
import io.trino.sql.ir.Constant;
import io.trino.sql.ir.Expression;
import io.trino.type.JoniRegexp;
import io.trino.type.LikePattern;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Scalar functions that DuckDB answers exactly as Trino does. A function without a line here runs as Trino's own
/// code by [JavaRoad]: correct all the same, and slower.
final class ScalarFunctions {
    /// function | argument kinds | SQL. The first line that fits is taken. Kinds: int, double, decimal, varchar,
    /// boolean, date, timestamp, array, map, any; `kind…` repeats; in constants, positive (a number above zero),
    /// natural (zero or above), text (not empty), unit (a unit of calendar time), clock (a unit of time of day).
    private static final String TABLE = """
            not              | boolean                    | (NOT $1)
            $not             | boolean                    | (NOT $1)
            abs              | int                        | abs($1)
            abs              | double                     | abs($1)
            abs              | decimal                    | abs($1)
            round            | int                        | $1
            round            | double                     | CASE WHEN $1 = 0 THEN CAST(0 AS DOUBLE) ELSE round($1) END
            floor            | int                        | $1
            floor            | double                     | floor($1)
            ceiling          | int                        | $1
            ceiling          | double                     | ceil($1)
            ceil             | int                        | $1
            ceil             | double                     | ceil($1)
            sqrt             | double                     | CASE WHEN $1 < 0 THEN CAST('NaN' AS DOUBLE) ELSE sqrt($1) END
            is_nan           | double                     | isnan($1)
            is_finite        | double                     | isfinite($1)
            is_infinite      | double                     | isinf($1)
            mod              | int, positive              | ($1 % $2)
            length           | varchar                    | length($1)
            concat           | varchar, varchar           | ($1 || $2)
            concat           | varchar, varchar, varchar  | ($1 || $2 || $3)
            substring        | varchar, positive          | substring($1, $2)
            substring        | varchar, positive, natural | substring($1, $2, $3)
            substr           | varchar, positive          | substring($1, $2)
            substr           | varchar, positive, natural | substring($1, $2, $3)
            strpos           | varchar, text              | strpos($1, $2)
            replace          | varchar, text, varchar     | replace($1, $2, $3)
            starts_with      | varchar, varchar           | starts_with($1, $2)
            year             | date                       | year($1)
            quarter          | date                       | quarter($1)
            month            | date                       | month($1)
            week             | date                       | week($1)
            week_of_year     | date                       | week($1)
            year_of_week     | date                       | isoyear($1)
            yow              | date                       | isoyear($1)
            day              | date                       | day($1)
            day_of_month     | date                       | day($1)
            day_of_week      | date                       | isodow($1)
            dow              | date                       | isodow($1)
            day_of_year      | date                       | dayofyear($1)
            doy              | date                       | dayofyear($1)
            year             | timestamp                  | year($1)
            quarter          | timestamp                  | quarter($1)
            month            | timestamp                  | month($1)
            week             | timestamp                  | week($1)
            day              | timestamp                  | day($1)
            day_of_month     | timestamp                  | day($1)
            day_of_week      | timestamp                  | isodow($1)
            dow              | timestamp                  | isodow($1)
            day_of_year      | timestamp                  | dayofyear($1)
            doy              | timestamp                  | dayofyear($1)
            hour             | timestamp                  | hour($1)
            minute           | timestamp                  | minute($1)
            second           | timestamp                  | second($1)
            date_trunc       | unit, date                 | date_trunc($1, $2)
            date_trunc       | unit, timestamp            | date_trunc($1, $2)
            date_trunc       | clock, timestamp           | date_trunc($1, $2)
            cardinality      | array                      | len($1)
            cardinality      | map                        | cardinality($1)
            random           |                            | random()
            rand             |                            | random()
            """;

    private static final Set<String> UNITS = Set.of("day", "week", "month", "quarter", "year");
    private static final Set<String> CLOCK = Set.of("hour", "minute", "second");
    private static final Map<String, List<Entry>> ENTRIES = parse();

    private ScalarFunctions() {}

    private record Entry(List<String> kinds, String sql) {
        boolean fits(List<Expression> arguments) {
            if (arguments.size() != kinds.size()) {
                return false;
            }
            for (int i = 0; i < kinds.size(); i++) {
                if (!is(kinds.get(i), arguments.get(i))) {
                    return false;
                }
            }
            return true;
        }
    }

    /// The SQL of a call, or nothing when it takes the other road.
    static Optional<Template> find(Call call) {
        String name = call.function().name().functionName();
        if (name.equals("$like")) {
            return like(call);
        }
        if (name.equals("regexp_like")) {
            return regexp(call);
        }
        return ENTRIES.getOrDefault(name, List.of()).stream()
                .filter(entry -> entry.fits(call.arguments()))
                .findFirst()
                .map(entry -> new Template(typed(entry.sql(), call.type())));
    }

    /// The names in the table, for the reference and its test.
    static Set<String> names() {
        return ENTRIES.keySet();
    }

    /// The table's lines, for their proof.
    static List<String> lines() {
        return TABLE.lines().toList();
    }

    private static String typed(String sql, Type type) {
        return type instanceof BooleanType || sql.equals("$1") ? sql : "CAST(" + sql + " AS " + DuckType.of(type) + ")";
    }

    private static Optional<Template> like(Call call) {
        if (!(call.arguments().getFirst().type() instanceof VarcharType)
                || !(call.arguments().getLast() instanceof Constant constant)
                || !(constant.value() instanceof LikePattern pattern)) {
            return Optional.empty();
        }
        String sql = "($1 LIKE " + Literals.text(pattern.getPattern()).replace("$", "$$");
        return Optional.of(new Template(pattern.getEscape()
                .map(escape -> sql + " ESCAPE " + Literals.text(escape.toString()) + ")")
                .orElse(sql + ")")));
    }

    private static Optional<Template> regexp(Call call) {
        if (!(call.arguments().getFirst().type() instanceof VarcharType)
                || !(call.arguments().getLast() instanceof Constant constant)
                || !(constant.value() instanceof JoniRegexp regexp)) {
            return Optional.empty();
        }
        return Regexes.re2(regexp.pattern().toStringUtf8())
                .map(re2 ->
                        new Template("regexp_matches($1, " + Literals.text(re2).replace("$", "$$") + ")"));
    }

    private static boolean is(String kind, Expression argument) {
        Type type = argument.type();
        return switch (kind) {
            case "int" -> DuckType.isInteger(type);
            case "double" -> type instanceof DoubleType;
            case "decimal" -> type instanceof DecimalType;
            case "varchar" -> type instanceof VarcharType;
            case "boolean" -> type instanceof BooleanType;
            case "date" -> type instanceof DateType;
            case "timestamp" -> type instanceof TimestampType timestamp && timestamp.getPrecision() <= 6;
            case "array" -> type instanceof ArrayType;
            case "map" -> type instanceof MapType;
            case "positive" -> argument instanceof Constant c && c.value() instanceof Long number && number > 0;
            case "natural" -> argument instanceof Constant c && c.value() instanceof Long number && number >= 0;
            case "text" -> text(argument).filter(value -> !value.isEmpty()).isPresent();
            case "unit" -> text(argument).filter(UNITS::contains).isPresent();
            case "clock" -> text(argument).filter(CLOCK::contains).isPresent();
            default -> throw new IllegalStateException("no kind " + kind);
        };
    }

    private static Optional<String> text(Expression argument) {
        return argument instanceof Constant constant && constant.value() instanceof Slice slice
                ? Optional.of(slice.toStringUtf8())
                : Optional.empty();
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
