package dev.tarn.transform.jinja;

import dev.tarn.transform.jinja.Expr.CallArgs;
import dev.tarn.transform.jinja.Expr.Comparison;
import dev.tarn.transform.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Parses expressions, one method per level of precedence, from the loosest to the tightest.
final class ExprParser {
    private static final int MAX_DEPTH = 200;
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    private final TokenStream in;
    private Set<String> names = new HashSet<>();
    private int depth;

    ExprParser(TokenStream in) {
        this.in = in;
    }

    /// Starts collecting the names that are read, for a macro's `varargs`, `kwargs` and `caller`.
    Set<String> collectNames() {
        Set<String> outer = names;
        names = new HashSet<>();
        return outer;
    }

    /// Ends what [#collectNames] began.
    Set<String> collectedNames(Set<String> outer) {
        Set<String> inner = names;
        names = outer;
        names.addAll(inner);
        return inner;
    }

    /// An expression, or a tuple without parentheses.
    Expr tuple() {
        int line = in.line();
        Expr first = expression();
        if (!in.atOperator(",")) {
            return first;
        }
        List<Expr> items = new ArrayList<>(List.of(first));
        while (in.skipOperator(",")) {
            if (startsExpression()) {
                items.add(expression());
            }
        }
        return new Expr.TupleOf(items, line);
    }

    Expr expression() {
        if (++depth > MAX_DEPTH) {
            throw in.error("this expression is nested more than " + MAX_DEPTH + " deep");
        }
        int line = in.line();
        Expr expr = or();
        while (in.skipName("if")) {
            Expr test = or();
            Expr otherwise = in.skipName("else") ? expression() : null;
            expr = new Expr.Conditional(expr, test, otherwise, line);
        }
        depth--;
        return expr;
    }

    /// An expression without `if`, as in `for x in EXPR if …`.
    Expr or() {
        Expr left = and();
        while (in.atName("or")) {
            int line = in.next().line();
            left = new Expr.Or(left, and(), line);
        }
        return left;
    }

    private Expr and() {
        Expr left = not();
        while (in.atName("and")) {
            int line = in.next().line();
            left = new Expr.And(left, not(), line);
        }
        return left;
    }

    private Expr not() {
        if (in.atName("not")) {
            int line = in.next().line();
            return new Expr.Not(not(), line);
        }
        return compare();
    }

    private Expr compare() {
        int line = in.line();
        Expr first = sum();
        List<Comparison> rest = new ArrayList<>();
        while (true) {
            if (in.at(Kind.OPERATOR) && COMPARISONS.contains(in.peek().text())) {
                rest.add(new Comparison(in.next().text(), sum()));
            } else if (in.skipName("in")) {
                rest.add(new Comparison("in", sum()));
            } else if (in.atName("not") && in.peek(1).is(Kind.NAME, "in")) {
                in.next();
                in.next();
                rest.add(new Comparison("not in", sum()));
            } else {
                return rest.isEmpty() ? first : new Expr.Compare(first, rest, line);
            }
        }
    }

    private Expr sum() {
        Expr left = concat();
        while (in.atOperator("+") || in.atOperator("-")) {
            Token operator = in.next();
            left = new Expr.Binary(operator.text(), left, concat(), operator.line());
        }
        return left;
    }

    private Expr concat() {
        Expr left = product();
        while (in.atOperator("~")) {
            int line = in.next().line();
            left = new Expr.Binary("~", left, product(), line);
        }
        return left;
    }

    private Expr product() {
        Expr left = power();
        while (in.atOperator("*") || in.atOperator("/") || in.atOperator("//") || in.atOperator("%")) {
            Token operator = in.next();
            left = new Expr.Binary(operator.text(), left, power(), operator.line());
        }
        return left;
    }

    private Expr power() {
        Expr left = unary(true);
        while (in.atOperator("**")) {
            int line = in.next().line();
            left = new Expr.Binary("**", left, unary(true), line);
        }
        return left;
    }

    private Expr unary(boolean withFilters) {
        Expr expr;
        if (in.atOperator("-") || in.atOperator("+")) {
            Token sign = in.next();
            expr = new Expr.Sign(sign.text(), unary(false), sign.line());
        } else {
            expr = postfix(primary());
        }
        return withFilters ? filters(expr) : expr;
    }

    private Expr primary() {
        Token token = in.next();
        int line = token.line();
        return switch (token.kind()) {
            case NAME -> name(token);
            case NUMBER -> new Expr.Literal(token.number(), line);
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (in.at(Kind.STRING)) {
                    text.append(in.next().text());
                }
                yield new Expr.Literal(text.toString(), line);
            }
            case OPERATOR ->
                switch (token.text()) {
                    case "(" -> parenthesized(line);
                    case "[" -> new Expr.ListOf(items("]"), line);
                    case "{" -> dict(line);
                    default -> throw unexpected(token);
                };
            case TEXT, OUTPUT_BEGIN, OUTPUT_END, BLOCK_BEGIN, BLOCK_END, END -> throw unexpected(token);
        };
    }

    private JinjaException unexpected(Token token) {
        return new JinjaException("expected an expression, found " + token.describe()).at(in.template(), token.line());
    }

    private Expr name(Token token) {
        return switch (token.text()) {
            case "true", "True" -> new Expr.Literal(true, token.line());
            case "false", "False" -> new Expr.Literal(false, token.line());
            case "none", "None" -> new Expr.Literal(null, token.line());
            default -> {
                names.add(token.text());
                yield new Expr.Name(token.text(), token.line());
            }
        };
    }

    private Expr parenthesized(int line) {
        if (in.skipOperator(")")) {
            return new Expr.TupleOf(List.of(), line);
        }
        Expr inner = tuple();
        in.expectOperator(")");
        return inner;
    }

    private List<Expr> items(String close) {
        List<Expr> items = new ArrayList<>();
        while (!in.skipOperator(close)) {
            if (!items.isEmpty()) {
                in.expectOperator(",");
                if (in.skipOperator(close)) {
                    break;
                }
            }
            items.add(expression());
        }
        return items;
    }

    private Expr dict(int line) {
        List<Expr.Pair> pairs = new ArrayList<>();
        while (!in.skipOperator("}")) {
            if (!pairs.isEmpty()) {
                in.expectOperator(",");
                if (in.skipOperator("}")) {
                    break;
                }
            }
            Expr key = expression();
            in.expectOperator(":");
            pairs.add(new Expr.Pair(key, expression()));
        }
        return new Expr.DictOf(pairs, line);
    }

    private Expr postfix(Expr start) {
        Expr expr = start;
        while (true) {
            int line = in.line();
            if (in.skipOperator(".")) {
                Token token = in.next();
                expr = switch (token.kind()) {
                    case NAME -> new Expr.Attribute(expr, token.text(), line);
                    case NUMBER -> new Expr.Item(expr, new Expr.Literal(token.number(), line), line);
                    default ->
                        throw new JinjaException("expected a name after '.', found " + token.describe())
                                .at(in.template(), token.line());
                };
            } else if (in.skipOperator("[")) {
                expr = subscript(expr, line);
            } else if (in.atOperator("(")) {
                expr = new Expr.Call(expr, arguments(), line);
            } else {
                return expr;
            }
        }
    }

    private Expr subscript(Expr of, int line) {
        Expr start = in.atOperator(":") ? null : tuple();
        if (!in.atOperator(":")) {
            in.expectOperator("]");
            if (start == null) {
                throw in.unexpected("an expression");
            }
            return new Expr.Item(of, start, line);
        }
        in.next();
        Expr stop = in.atOperator(":") || in.atOperator("]") ? null : expression();
        Expr step = in.skipOperator(":") && !in.atOperator("]") ? expression() : null;
        in.expectOperator("]");
        return new Expr.Slice(of, start, stop, step, line);
    }

    /// Filters, tests and calls that follow an expression.
    Expr filters(Expr start) {
        Expr expr = start;
        while (true) {
            int line = in.line();
            if (in.skipOperator("|")) {
                expr = filter(expr, line);
            } else if (in.skipName("is")) {
                expr = test(expr, line);
            } else if (in.atOperator("(")) {
                expr = postfix(expr);
            } else {
                return expr;
            }
        }
    }

    /// One filter, whose `|` has been read.
    Expr filter(Expr input, int line) {
        StringBuilder name = new StringBuilder(in.name());
        while (in.skipOperator(".")) {
            name.append('.').append(in.name());
        }
        CallArgs args = in.atOperator("(") ? arguments() : CallArgs.NONE;
        return new Expr.Filter(input, name.toString(), args, line);
    }

    private Expr test(Expr input, int line) {
        boolean negated = in.skipName("not");
        String name = in.name();
        CallArgs args = CallArgs.NONE;
        if (in.atOperator("(")) {
            args = arguments();
        } else if (startsArgument()) {
            args = new CallArgs(List.of(postfix(primary())), List.of(), null, null);
        }
        Expr test = new Expr.Test(input, name, args, line);
        return negated ? new Expr.Not(test, line) : test;
    }

    private boolean startsArgument() {
        return switch (in.peek().kind()) {
            case NAME ->
                !Set.of("else", "or", "and", "is", "if", "not", "in")
                        .contains(in.peek().text());
            case STRING, NUMBER -> true;
            case OPERATOR -> in.atOperator("[") || in.atOperator("{");
            case TEXT, OUTPUT_BEGIN, OUTPUT_END, BLOCK_BEGIN, BLOCK_END, END -> false;
        };
    }

    private boolean startsExpression() {
        return switch (in.peek().kind()) {
            case NAME, STRING, NUMBER -> true;
            case OPERATOR -> Set.of("(", "[", "{", "-", "+").contains(in.peek().text());
            case TEXT, OUTPUT_BEGIN, OUTPUT_END, BLOCK_BEGIN, BLOCK_END, END -> false;
        };
    }

    private CallArgs arguments() {
        in.expectOperator("(");
        List<Expr> positional = new ArrayList<>();
        List<Expr.Named> named = new ArrayList<>();
        @Nullable Expr rest = null;
        @Nullable Expr keywords = null;
        boolean first = true;
        while (!in.skipOperator(")")) {
            if (!first) {
                in.expectOperator(",");
                if (in.skipOperator(")")) {
                    break;
                }
            }
            first = false;
            if (in.skipOperator("*")) {
                rest = expression();
            } else if (in.skipOperator("**")) {
                keywords = expression();
            } else if (in.at(Kind.NAME) && in.peek(1).is(Kind.OPERATOR, "=")) {
                String name = in.next().text();
                in.next();
                named.add(new Expr.Named(name, expression()));
            } else if (named.isEmpty()) {
                positional.add(expression());
            } else {
                throw in.error("an argument by position cannot follow one by name");
            }
        }
        return new CallArgs(positional, named, rest, keywords);
    }
}
