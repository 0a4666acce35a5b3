package dev.tarn.transform.jinja;

import dev.tarn.core.config.Nearest;
import dev.tarn.transform.jinja.Stmt.Target;
import dev.tarn.transform.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Parses a template's statements; [ExprParser] parses what stands inside them.
///
/// dbt's own blocks become macros with dbt's names: `{% test x(…) %}` is the macro `test_x`,
/// `{% materialization x, adapter='trino' %}` is `materialization_x_trino`, `{% docs x %}` is `dbt_docs__x`.
final class Parser {
    private static final int MAX_DEPTH = 100;
    private static final List<String> TAGS = List.of(
            "if",
            "for",
            "set",
            "macro",
            "do",
            "call",
            "filter",
            "with",
            "raw",
            "test",
            "data_test",
            "materialization",
            "docs",
            "snapshot",
            "break",
            "continue");

    private final TokenStream in;
    private final ExprParser expressions;
    private int depth;

    Parser(String template, List<Token> tokens) {
        in = new TokenStream(template, tokens);
        expressions = new ExprParser(in);
    }

    Template template() {
        List<Stmt> body = body(Set.of());
        if (!in.at(Kind.END)) {
            throw in.unexpected("the end of the file");
        }
        return new Template(in.template(), body);
    }

    /// Statements up to a `{%` that is followed by one of the words, which stay unread; or to the end of the
    /// file.
    private List<Stmt> body(Set<String> ends) {
        if (++depth > MAX_DEPTH) {
            throw in.error("blocks are nested more than " + MAX_DEPTH + " deep");
        }
        List<Stmt> body = new ArrayList<>();
        while (true) {
            switch (in.peek().kind()) {
                case TEXT -> {
                    Token text = in.next();
                    body.add(new Stmt.Text(text.text(), text.line()));
                }
                case OUTPUT_BEGIN -> {
                    in.next();
                    body.add(new Stmt.Output(expressions.tuple()));
                    in.expect(Kind.OUTPUT_END, "'}}'");
                }
                case BLOCK_BEGIN -> {
                    if (in.peek(1).kind() == Kind.NAME
                            && ends.contains(in.peek(1).text())) {
                        depth--;
                        return body;
                    }
                    body.add(block());
                }
                case OUTPUT_END, BLOCK_END, NAME, STRING, NUMBER, OPERATOR -> throw in.unexpected("text or a block");
                case END -> {
                    depth--;
                    return body;
                }
            }
        }
    }

    private Stmt block() {
        in.expect(Kind.BLOCK_BEGIN, "'{%'");
        Token tag = in.expect(Kind.NAME, "the name of a block");
        int line = tag.line();
        return switch (tag.text()) {
            case "if" -> ifBlock(line);
            case "for" -> forBlock(line);
            case "set" -> setBlock(line);
            case "with" -> withBlock(line);
            case "do" -> {
                Expr value = expressions.tuple();
                endTag();
                yield new Stmt.Do(value);
            }
            case "call" -> callBlock(line);
            case "filter" -> {
                Expr filters = expressions.filters(expressions.filter(new Expr.Name(Stmt.CAPTURED, line), line));
                endTag();
                yield new Stmt.FilterBlock(filters, until("endfilter", "filter", line), line);
            }
            case "break" -> {
                endTag();
                yield new Stmt.Break(line);
            }
            case "continue" -> {
                endTag();
                yield new Stmt.Continue(line);
            }
            case "macro" -> macro("macro", "", "endmacro", line);
            case "test" -> macro("test", "test_", "endtest", line);
            case "data_test" -> macro("test", "test_", "enddata_test", line);
            case "materialization" -> materialization(line);
            case "docs" -> macro("docs", "dbt_docs__", "enddocs", line);
            case "snapshot" -> macro("snapshot", "snapshot_", "endsnapshot", line);
            default -> throw unknownTag(tag);
        };
    }

    private JinjaException unknownTag(Token tag) {
        String hint = Nearest.of(tag.text(), TAGS)
                .map(near -> "; did you mean '" + near + "'?")
                .orElse(
                        tag.text().startsWith("end") || tag.text().startsWith("el")
                                ? ": no block is open that it ends"
                                : "");
        return new JinjaException("'" + tag.text() + "' does not start a block" + hint).at(in.template(), tag.line());
    }

    private Stmt ifBlock(int line) {
        List<Stmt.Branch> branches = new ArrayList<>();
        List<Stmt> otherwise = List.of();
        Expr test = expressions.tuple();
        endTag();
        while (true) {
            branches.add(new Stmt.Branch(test, body(Set.of("elif", "else", "endif"))));
            String end = ending("endif", "if", line);
            if (end.equals("elif")) {
                test = expressions.tuple();
                endTag();
                continue;
            }
            endTag();
            if (end.equals("else")) {
                otherwise = until("endif", "if", line);
            }
            return new Stmt.If(branches, otherwise);
        }
    }

    private Stmt forBlock(int line) {
        Target target = target();
        in.expectName("in");
        Expr iterable = iterable();
        Expr filter = in.skipName("if") ? expressions.expression() : null;
        boolean recursive = in.skipName("recursive");
        endTag();
        List<Stmt> body = body(Set.of("else", "endfor"));
        List<Stmt> otherwise = List.of();
        String end = ending("endfor", "for", line);
        endTag();
        if (end.equals("else")) {
            otherwise = until("endfor", "for", line);
        }
        return new Stmt.For(target, iterable, filter, body, otherwise, recursive, line);
    }

    /// Like [ExprParser#tuple], but an `if` after it belongs to the loop.
    private Expr iterable() {
        int line = in.line();
        Expr first = expressions.or();
        if (!in.atOperator(",")) {
            return first;
        }
        List<Expr> items = new ArrayList<>(List.of(first));
        while (in.skipOperator(",")) {
            items.add(expressions.or());
        }
        return new Expr.TupleOf(items, line);
    }

    private Stmt setBlock(int line) {
        Target target = target();
        if (in.skipOperator("=")) {
            Expr value = expressions.tuple();
            endTag();
            return new Stmt.Set(target, value, line);
        }
        Expr filters = in.atOperator("|") ? expressions.filters(new Expr.Name(Stmt.CAPTURED, line)) : null;
        endTag();
        return new Stmt.SetBlock(target, filters, until("endset", "set", line), line);
    }

    private Stmt withBlock(int line) {
        List<Stmt.Set> sets = new ArrayList<>();
        while (!in.at(Kind.BLOCK_END)) {
            if (!sets.isEmpty()) {
                in.expectOperator(",");
            }
            Target target = target();
            in.expectOperator("=");
            sets.add(new Stmt.Set(target, expressions.expression(), line));
        }
        endTag();
        return new Stmt.With(sets, until("endwith", "with", line));
    }

    private Stmt callBlock(int line) {
        List<Stmt.Parameter> parameters = in.atOperator("(") ? parameters() : List.of();
        Expr call = expressions.tuple();
        endTag();
        return new Stmt.CallBlock(parameters, call, until("endcall", "call", line), line);
    }

    private Stmt macro(String kind, String prefix, String end, int line) {
        String name = prefix + in.name();
        List<Stmt.Parameter> parameters = in.atOperator("(") ? parameters() : List.of();
        endTag();
        return macro(kind, name, parameters, end, line);
    }

    private Stmt materialization(int line) {
        String name = in.name();
        String adapter = "default";
        while (in.skipOperator(",")) {
            String key = in.name();
            if (key.equals("adapter")) {
                in.expectOperator("=");
                adapter = in.expect(Kind.STRING, "the adapter's name in quotes").text();
            } else if (key.equals("supported_languages")) {
                in.expectOperator("=");
                expressions.expression();
            } else if (!key.equals("default")) {
                throw in.error("expected adapter='…' or default, found '" + key + "'");
            }
        }
        endTag();
        return macro(
                "materialization", "materialization_" + name + "_" + adapter, List.of(), "endmaterialization", line);
    }

    private Stmt macro(String kind, String name, List<Stmt.Parameter> parameters, String end, int line) {
        Set<String> outer = expressions.collectNames();
        List<Stmt> body = until(end, kind, line);
        Set<String> names = expressions.collectedNames(outer);
        return new Stmt.MacroDef(new Macro(
                kind,
                name,
                in.template(),
                line,
                parameters,
                body,
                names.contains("varargs"),
                names.contains("kwargs"),
                names.contains("caller")));
    }

    private List<Stmt.Parameter> parameters() {
        in.expectOperator("(");
        List<Stmt.Parameter> parameters = new ArrayList<>();
        while (!in.skipOperator(")")) {
            if (!parameters.isEmpty()) {
                in.expectOperator(",");
                if (in.skipOperator(")")) {
                    break;
                }
            }
            String name = in.name();
            parameters.add(new Stmt.Parameter(name, in.skipOperator("=") ? expressions.expression() : null));
        }
        return parameters;
    }

    private Target target() {
        List<Target> targets = new ArrayList<>();
        boolean several = false;
        do {
            if (in.atName("in") || in.at(Kind.BLOCK_END) || in.atOperator("=")) {
                break;
            }
            targets.add(oneTarget());
            several |= in.atOperator(",");
        } while (in.skipOperator(","));
        if (targets.isEmpty()) {
            throw in.unexpected("a name");
        }
        return several ? new Target.Several(targets) : targets.getFirst();
    }

    private Target oneTarget() {
        if (in.skipOperator("(")) {
            List<Target> targets = new ArrayList<>();
            while (!in.skipOperator(")")) {
                targets.add(oneTarget());
                if (!in.atOperator(")")) {
                    in.expectOperator(",");
                }
            }
            return new Target.Several(targets);
        }
        String name = in.name();
        return in.skipOperator(".") ? new Target.NamespaceAttribute(name, in.name()) : new Target.Variable(name);
    }

    private List<Stmt> until(String end, String kind, int line) {
        List<Stmt> body = body(Set.of(end));
        ending(end, kind, line);
        endTag();
        return body;
    }

    /// Reads `{%` and the word after it, at which [#body] has stopped.
    private String ending(@Nullable String end, String kind, int line) {
        if (in.at(Kind.END)) {
            throw new JinjaException("this '" + kind + "' block is never closed: '{% " + end + " %}' is missing")
                    .at(in.template(), line);
        }
        in.next();
        return in.name();
    }

    private void endTag() {
        in.expect(Kind.BLOCK_END, "'%}'");
    }
}
