package dev.tarn.interop.differential;

import dev.tarn.interop.differential.Productions.Production;
import dev.tarn.interop.differential.Productions.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// Random statements, nearly all of them valid, over the fixture's tables. The same seed gives the same statement.
public final class Generator {
    private static final int DEPTH_MAX = 4;
    private static final Productions PRODUCTIONS = Productions.load();

    private static final List<Column> COLUMNS = List.of(
            new Column("id", "bigint"),
            new Column("n", "bigint"),
            new Column("few", "bigint"),
            new Column("i", "integer"),
            new Column("price", "decimal"),
            new Column("wide", "decimal"),
            new Column("d", "double"),
            new Column("r", "real"),
            new Column("flag", "boolean"),
            new Column("s", "varchar"),
            new Column("code", "varchar"),
            new Column("bin", "varbinary"),
            new Column("uid", "uuid"),
            new Column("day", "date"),
            new Column("tm", "time"),
            new Column("ts", "timestamp"),
            new Column("tz", "timestamptz"),
            new Column("arr", "array(bigint)"),
            new Column("names", "array(varchar)"),
            new Column("attrs", "map(varchar,bigint)"),
            new Column("rec", "row"));

    private final SplittableRandom random;

    private Generator(long seed) {
        this.random = new SplittableRandom(seed);
    }

    private record Column(String name, String type) {}

    /// What an expression may refer to: columns and lambda variables, and what identifies a row.
    private record Scope(String from, List<Column> columns, String id, boolean inLambda) {
        Scope(String from, List<Column> columns, String id) {
            this(from, columns, id, false);
        }

        Scope and(String variable, String type) {
            return new Scope(
                    from,
                    Stream.concat(columns.stream(), Stream.of(new Column(variable, type)))
                            .toList(),
                    id,
                    true);
        }

        /// A lambda may not contain a subquery.
        boolean allows(Production production) {
            return !inLambda || production.text().stream().noneMatch(part -> part.contains("SELECT"));
        }
    }

    /// The statement of a seed.
    static Statement statement(long seed) {
        return new Generator(seed).statement();
    }

    private Statement statement() {
        Scope scope = scope();
        return switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> plain(scope);
            case 4 -> distinct(scope);
            case 5, 6, 7 -> grouped(scope);
            case 8 -> windowed(scope);
            default -> setOperation(scope);
        };
    }

    private Scope scope() {
        return switch (random.nextInt(10)) {
            case 0 -> joined("JOIN", "t.few = u.few");
            case 1 -> joined("LEFT JOIN", "t.id = u.n");
            case 2 -> joined(pick(List.of("RIGHT JOIN", "FULL JOIN")), "t.i = u.id AND t.code = u.code");
            case 3 ->
                new Scope(
                        "things t CROSS JOIN UNNEST(t.arr) WITH ORDINALITY AS e (v, o)",
                        Stream.concat(
                                        columns("t").stream(),
                                        Stream.of(new Column("e.v", "bigint"), new Column("e.o", "bigint")))
                                .toList(),
                        "t.id * 1000 + e.o");
            case 4 ->
                new Scope(
                        pick(List.of("nothing t", "small t0 JOIN things t ON t0.n_key = t.few")), columns("t"), "t.id");
            default -> new Scope("things t", columns("t"), "t.id");
        };
    }

    private static Scope joined(String join, String on) {
        return new Scope(
                "things t " + join + " things u ON " + on,
                Stream.concat(columns("t").stream(), columns("u").stream()).toList(),
                "coalesce(t.id, 0) * 1000 + coalesce(u.id, 0)");
    }

    private static List<Column> columns(String table) {
        return COLUMNS.stream()
                .map(column -> new Column(table + "." + column.name(), column.type()))
                .toList();
    }

    private Statement plain(Scope scope) {
        boolean ordered = random.nextInt(3) == 0;
        List<Expr> select = expressions(scope, 1 + random.nextInt(3));
        String tail = "";
        if (ordered) {
            String order = expression(scope, orderable(), DEPTH_MAX - 1).sql();
            tail = " ORDER BY " + order + pick(List.of("", " DESC", " NULLS FIRST", " DESC NULLS LAST")) + ", "
                    + scope.id();
            tail += pick(List.of("", "", " LIMIT 7", " OFFSET 3 LIMIT 5", " FETCH FIRST 4 ROWS ONLY"));
        }
        return new Statement("", select, 0, scope.from(), where(scope), tail, ordered);
    }

    private Statement distinct(Scope scope) {
        List<Expr> select = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            select.add(expression(scope, orderable(), 2));
        }
        return new Statement("DISTINCT ", select, 0, scope.from(), where(scope), "", false);
    }

    private Statement grouped(Scope scope) {
        List<Expr> select = new ArrayList<>();
        int keys = random.nextInt(3);
        String tail = "";
        if (keys > 0 && random.nextInt(3) == 0) {
            String first = pick(columns("t")).name();
            String second = "t.code";
            select.add(Expr.leaf("key", first));
            select.add(Expr.leaf("key", second));
            keys = 2;
            String both = first + ", " + second;
            if (first.equals(second) || List.of("t.attrs").contains(first)) {
                tail = " GROUP BY " + both;
            } else {
                tail = " GROUP BY "
                        + pick(List.of(
                                both,
                                "ROLLUP (" + both + ")",
                                "CUBE (" + both + ")",
                                "GROUPING SETS ((" + both + "), (" + second + "), ())"));
            }
        } else {
            for (int i = 0; i < keys; i++) {
                select.add(expression(scope, orderable(), 2));
            }
            tail = keys == 0 ? "" : keys == 1 ? " GROUP BY 1" : " GROUP BY 1, 2";
        }
        int aggregates = 1 + random.nextInt(3);
        for (int i = 0; i < aggregates; i++) {
            select.add(fill(pick(PRODUCTIONS.of("aggregate")), scope, 2));
        }
        if (keys > 0 && random.nextInt(4) == 0) {
            tail += " HAVING count(*) > " + random.nextInt(3);
        }
        return new Statement("", select, keys, scope.from(), where(scope), tail, false);
    }

    private Statement windowed(Scope scope) {
        List<Expr> select = new ArrayList<>();
        select.add(Expr.leaf("bigint", scope.id()));
        for (int i = 0; i < 1 + random.nextInt(2); i++) {
            boolean framed = random.nextBoolean();
            Expr function = fill(pick(PRODUCTIONS.of(framed ? "framed" : "window")), scope, 2);
            String frame = framed
                    ? pick(List.of(
                            "",
                            " ROWS BETWEEN 2 PRECEDING AND CURRENT ROW",
                            " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
                            " ROWS BETWEEN CURRENT ROW AND 3 FOLLOWING",
                            " ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING",
                            " RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
                            " GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING"))
                    : "";
            Expr partition = expression(scope, orderable(), 2);
            Expr order = expression(scope, orderable(), 2);
            select.add(new Expr(
                    function.type(),
                    List.of(
                            "",
                            " OVER (PARTITION BY ",
                            " ORDER BY ",
                            pick(List.of("", " DESC", " NULLS FIRST")) + ", " + scope.id() + frame + ")"),
                    List.of(new Expr("call", function.text(), function.arguments()), partition, order)));
        }
        return new Statement("", select, 1, scope.from(), where(scope), "", false);
    }

    private Statement setOperation(Scope scope) {
        String operation = pick(List.of("UNION", "UNION ALL", "INTERSECT", "EXCEPT", "EXCEPT ALL", "INTERSECT ALL"));
        List<Expr> select = new ArrayList<>();
        StringBuilder other = new StringBuilder(" " + operation + " SELECT ");
        for (int i = 0; i < 1 + random.nextInt(2); i++) {
            // Columns and literals only: the two sides must have one type.
            String type = pick(List.of("bigint", "integer", "varchar", "date", "boolean", "double"));
            select.add(expression(scope, type, 2));
            other.append(i == 0 ? "" : ", ").append(expression(scope, type, 2).sql());
        }
        other.append(" FROM ").append(scope.from());
        return new Statement("", select, select.size(), scope.from(), where(scope), other.toString(), false);
    }

    private Optional<Expr> where(Scope scope) {
        return random.nextInt(5) < 2 ? Optional.of(expression(scope, "boolean", 2)) : Optional.empty();
    }

    private List<Expr> expressions(Scope scope, int number) {
        List<Expr> expressions = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            expressions.add(expression(scope, pick(Literals.TYPES), 0));
        }
        return expressions;
    }

    private String orderable() {
        return pick(Literals.TYPES.stream()
                .filter(type -> !Productions.UNORDERED.contains(type))
                .toList());
    }

    private Expr expression(Scope scope, String type, int depth) {
        if (depth >= DEPTH_MAX || random.nextInt(DEPTH_MAX) < depth) {
            return leaf(scope, type);
        }
        List<Production> forms = PRODUCTIONS.making("scalar", type).stream()
                .filter(scope::allows)
                .toList();
        return fill(pick(forms), type, scope, depth);
    }

    private Expr leaf(Scope scope, String type) {
        List<Column> columns = scope.columns().stream()
                .filter(column -> column.type().equals(type))
                .toList();
        return columns.isEmpty() || random.nextInt(4) == 0
                ? Literals.any(type, random)
                : Expr.leaf(type, pick(columns).name());
    }

    private Expr fill(Production production, Scope scope, int depth) {
        String type = production.type();
        return fill(
                production,
                type.equals("T") ? pick(Literals.TYPES) : type.equals("O") ? orderable() : type,
                scope,
                depth);
    }

    private Expr fill(Production production, String type, Scope scope, int depth) {
        boolean generic = production.type().equals("T") || production.type().equals("O");
        String anyType = generic ? type : pick(Literals.TYPES);
        String orderedType = generic ? type : orderable();
        List<Expr> arguments = new ArrayList<>();
        for (Slot slot : production.slots()) {
            arguments.add(
                    switch (slot) {
                        case Slot.Range(int from, int to) ->
                            Expr.leaf("number", String.valueOf(random.nextInt(from, to + 1)));
                        case Slot.Id() -> Expr.leaf("id", scope.id());
                        case Slot.Lambda(String body, String variable, String variableType) ->
                            expression(scope.and(variable, variableType), body, depth + 1);
                        case Slot.Typed(String wanted) ->
                            parenthesized(expression(
                                    scope,
                                    wanted.equals("T") ? anyType : wanted.equals("O") ? orderedType : wanted,
                                    depth + 1));
                    });
        }
        return new Expr(type, production.text(), arguments);
    }

    /// An operand that is more than a name or a call keeps its meaning only in parentheses.
    private static Expr parenthesized(Expr operand) {
        String text = operand.text().getFirst();
        boolean bare = operand.arguments().isEmpty() && !text.contains(" ") && !text.startsWith("-");
        return bare ? operand : new Expr(operand.type(), List.of("(", ")"), List.of(operand));
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
