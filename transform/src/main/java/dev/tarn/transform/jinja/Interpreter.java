package dev.tarn.transform.jinja;

import dev.tarn.core.config.Nearest;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.jinja.Expr.CallArgs;
import dev.tarn.transform.jinja.Stmt.Target;
import java.time.DateTimeException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Evaluates templates, macros and expressions. One interpreter serves one thread at a time.
public final class Interpreter {
    private static final int MAX_MACRO_DEPTH = 120;
    private static final int MAX_OUTPUT_CHARS = 64 << 20;
    private static final long MAX_ITERATIONS = 20_000_000;

    private final Globals globals;
    private final Deque<Rendered.Recorder> recorders = new ArrayDeque<>();
    private int macroDepth;
    private long iterations;

    /// Where something is evaluated.
    ///
    /// @param template the file, for errors
    record Frame(String template, Scope scope) {
        Frame inner() {
            return new Frame(template, new Scope(scope));
        }
    }

    public Interpreter(Globals globals) {
        this.globals = globals;
    }

    /// The text of a template.
    ///
    /// @throws JinjaException with file and line
    public String render(Template template) {
        StringBuilder out = new StringBuilder();
        try {
            run(template.body(), new Frame(template.name(), new Scope(null)), out);
        } catch (Signal.Return returned) {
            return Python.str(returned.value());
        }
        return out.toString();
    }

    /// The text of a template together with where its lines come from.
    ///
    /// @throws JinjaException with file and line
    public Rendered renderMapped(Template template) {
        Rendered.Recorder recorder = new Rendered.Recorder();
        recorders.push(recorder);
        try {
            run(template.body(), new Frame(template.name(), new Scope(null)), recorder.out());
            return recorder.rendered();
        } finally {
            recorders.pop();
        }
    }

    /// The value of a template that is a single `{{ expression }}`, and otherwise its text.
    public @Nullable Object value(Template template) {
        if (template.body().size() == 1 && template.body().getFirst() instanceof Stmt.Output output) {
            return evaluate(output.value(), new Frame(template.name(), new Scope(null)));
        }
        return render(template);
    }

    /// A macro as a function.
    public MacroFunction function(Macro macro) {
        return new MacroFunction(this, macro, null);
    }

    /// dbt's `return`.
    public static Callable returning() {
        return arguments -> {
            throw new Signal.Return(arguments.get(0, "data", null));
        };
    }

    @Nullable
    Object call(Macro macro, @Nullable Scope definedIn, Arguments arguments) {
        if (++macroDepth > MAX_MACRO_DEPTH) {
            macroDepth = 0;
            throw new JinjaException("the macro " + macro.name() + " is called more than " + MAX_MACRO_DEPTH
                    + " calls deep: does it call itself without an end?");
        }
        try {
            Frame frame = new Frame(macro.template(), new Scope(definedIn));
            bind(macro, arguments, frame);
            StringBuilder out = new StringBuilder();
            run(macro.body(), frame, out);
            return out.toString();
        } catch (Signal.Return returned) {
            return returned.value();
        } finally {
            macroDepth = Math.max(0, macroDepth - 1);
        }
    }

    private void bind(Macro macro, Arguments arguments, Frame frame) {
        Scope scope = frame.scope();
        Map<String, @Nullable Object> others = new LinkedHashMap<>(arguments.named());
        Object caller = others.containsKey("caller") ? others.remove("caller") : new Undefined("caller");
        int position = 0;
        for (Stmt.Parameter parameter : macro.parameters()) {
            if (position < arguments.positional().size()) {
                if (others.containsKey(parameter.name())) {
                    throw new JinjaException(
                            "the macro " + macro.name() + " got the argument '" + parameter.name() + "' twice");
                }
                scope.set(parameter.name(), arguments.positional().get(position));
            } else if (others.containsKey(parameter.name())) {
                scope.set(parameter.name(), others.remove(parameter.name()));
            } else if (parameter.otherwise() != null) {
                scope.set(parameter.name(), evaluate(parameter.otherwise(), frame));
            } else {
                scope.set(parameter.name(), new Undefined(parameter.name()));
            }
            position++;
        }
        List<@Nullable Object> rest = arguments.from(position).positional();
        if (!rest.isEmpty() && !macro.usesVarargs()) {
            throw new JinjaException("the macro " + macro.name() + " takes " + position + " arguments, not "
                    + arguments.positional().size());
        }
        if (!others.isEmpty() && !macro.usesKwargs()) {
            throw new JinjaException("the macro " + macro.name() + " has no argument '"
                    + others.keySet().iterator().next() + "'");
        }
        scope.set("varargs", new Tuple(rest));
        scope.set("kwargs", others);
        scope.set("caller", caller);
    }

    private void run(List<Stmt> body, Frame frame, StringBuilder out) {
        for (Stmt stmt : body) {
            run(stmt, frame, out);
        }
        if (out.length() > MAX_OUTPUT_CHARS) {
            throw new JinjaException("the template's output is larger than " + MAX_OUTPUT_CHARS + " characters");
        }
    }

    private void run(Stmt stmt, Frame frame, StringBuilder out) {
        switch (stmt) {
            case Stmt.Text text -> {
                record(out, text.line(), true);
                out.append(text.text());
            }
            case Stmt.Output output -> {
                record(out, output.value().line(), false);
                out.append(Python.str(evaluate(output.value(), frame)));
            }
            case Stmt.Do action -> evaluate(action.value(), frame);
            case Stmt.If choice -> runIf(choice, frame, out);
            case Stmt.For loop -> runFor(loop, evaluate(loop.iterable(), frame), frame, out, 1);
            case Stmt.Set set -> assign(set.target(), evaluate(set.value(), frame), frame, set.line());
            case Stmt.SetBlock set -> {
                String text = capture(set.body(), frame);
                Object value = set.filters() == null ? text : filtered(set.filters(), text, frame);
                assign(set.target(), value, frame, set.line());
            }
            case Stmt.With with -> {
                Frame inner = frame.inner();
                with.sets().forEach(set -> assign(set.target(), evaluate(set.value(), inner), inner, set.line()));
                run(with.body(), inner, out);
            }
            case Stmt.FilterBlock block ->
                out.append(Python.str(filtered(block.filters(), capture(block.body(), frame), frame)));
            case Stmt.MacroDef definition ->
                frame.scope()
                        .set(definition.macro().name(), new MacroFunction(this, definition.macro(), frame.scope()));
            case Stmt.CallBlock block -> out.append(Python.str(runCall(block, frame)));
            case Stmt.Break stop -> throw new Signal.Break();
            case Stmt.Continue next -> throw new Signal.Continue();
        }
    }

    private void record(StringBuilder out, int line, boolean text) {
        Rendered.Recorder recorder = recorders.peek();
        if (recorder != null && recorder.out() == out) {
            recorder.mark(line, text);
        }
    }

    private void runIf(Stmt.If choice, Frame frame, StringBuilder out) {
        for (Stmt.Branch branch : choice.branches()) {
            if (Python.truth(evaluate(branch.test(), frame))) {
                run(branch.body(), frame, out);
                return;
            }
        }
        run(choice.otherwise(), frame, out);
    }

    private String capture(List<Stmt> body, Frame frame) {
        StringBuilder out = new StringBuilder();
        run(body, frame.inner(), out);
        return out.toString();
    }

    private @Nullable Object filtered(Expr filters, String text, Frame frame) {
        Frame inner = frame.inner();
        inner.scope().set(Stmt.CAPTURED, text);
        return evaluate(filters, inner);
    }

    private void runFor(Stmt.For loop, @Nullable Object iterable, Frame frame, StringBuilder out, int depth) {
        List<@Nullable Object> items = located(frame, loop.line(), () -> Python.iterate(iterable));
        if (loop.filter() != null) {
            List<@Nullable Object> kept = new ArrayList<>();
            for (Object item : items) {
                Frame inner = frame.inner();
                assign(loop.target(), item, inner, loop.line());
                if (Python.truth(evaluate(loop.filter(), inner))) {
                    kept.add(item);
                }
            }
            items = kept;
        }
        if (items.isEmpty()) {
            run(loop.otherwise(), frame.inner(), out);
            return;
        }
        if (depth > MAX_MACRO_DEPTH) {
            throw new JinjaException("the recursive loop is more than " + MAX_MACRO_DEPTH + " deep")
                    .at(frame.template(), loop.line());
        }
        Callable recurse = loop.recursive()
                ? arguments -> {
                    StringBuilder nested = new StringBuilder();
                    runFor(loop, arguments.get(0, "iterable"), frame, nested, depth + 1);
                    return nested.toString();
                }
                : null;
        Loop state = new Loop(items, depth, recurse);
        for (int i = 0; i < items.size(); i++) {
            countIteration(frame, loop.line());
            state.moveTo(i);
            Frame inner = frame.inner();
            inner.scope().set("loop", state);
            assign(loop.target(), items.get(i), inner, loop.line());
            try {
                run(loop.body(), inner, out);
            } catch (Signal.Continue next) {
                // The next item follows.
            } catch (Signal.Break stop) {
                break;
            }
        }
    }

    private void countIteration(Frame frame, int line) {
        if (++iterations > MAX_ITERATIONS) {
            throw new JinjaException("the template's loops go around more than " + MAX_ITERATIONS + " times")
                    .at(frame.template(), line);
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new JinjaException("interrupted").at(frame.template(), line);
        }
    }

    private @Nullable Object runCall(Stmt.CallBlock block, Frame frame) {
        if (!(block.call() instanceof Expr.Call call)) {
            throw new JinjaException("'call' needs a call of a macro").at(frame.template(), block.line());
        }
        Macro body = new Macro(
                "caller",
                "caller",
                frame.template(),
                block.line(),
                block.parameters(),
                block.body(),
                false,
                false,
                false);
        Arguments arguments = arguments(call.args(), frame);
        Map<String, @Nullable Object> named = new LinkedHashMap<>(arguments.named());
        named.put("caller", new MacroFunction(this, body, frame.scope()));
        return invoke(call, new Arguments(arguments.positional(), named), frame);
    }

    private void assign(Target target, @Nullable Object value, Frame frame, int line) {
        switch (target) {
            case Target.Variable variable -> frame.scope().set(variable.name(), value);
            case Target.NamespaceAttribute attribute -> {
                if (!(lookUp(attribute.namespace(), frame) instanceof Namespace namespace)) {
                    throw new JinjaException("'" + attribute.namespace()
                                    + "' is not a namespace: set it with namespace(…) first")
                            .at(frame.template(), line);
                }
                namespace.set(attribute.attribute(), value);
            }
            case Target.Several several -> {
                List<@Nullable Object> items = located(frame, line, () -> Python.iterate(value));
                if (items.size() != several.targets().size()) {
                    throw new JinjaException(several.targets().size() + " names for " + items.size() + " values")
                            .at(frame.template(), line);
                }
                for (int i = 0; i < items.size(); i++) {
                    assign(several.targets().get(i), items.get(i), frame, line);
                }
            }
        }
    }

    private @Nullable Object lookUp(String name, Frame frame) {
        Scope holder = frame.scope().holding(name);
        return holder == null ? globals.get(name) : holder.get(name);
    }

    @Nullable
    Object evaluate(Expr expr, Frame frame) {
        return switch (expr) {
            case Expr.Literal literal -> literal.value();
            case Expr.Name name -> lookUp(name.name(), frame);
            case Expr.TupleOf tuple -> new Tuple(evaluate(tuple.items(), frame));
            case Expr.ListOf list -> evaluate(list.items(), frame);
            case Expr.DictOf dict -> {
                Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
                dict.pairs().forEach(pair -> map.put(evaluate(pair.key(), frame), evaluate(pair.value(), frame)));
                yield map;
            }
            case Expr.And and -> {
                Object left = evaluate(and.left(), frame);
                yield Python.truth(left) ? evaluate(and.right(), frame) : left;
            }
            case Expr.Or or -> {
                Object left = evaluate(or.left(), frame);
                yield Python.truth(left) ? left : evaluate(or.right(), frame);
            }
            case Expr.Not not -> !Python.truth(evaluate(not.of(), frame));
            case Expr.Conditional choice -> {
                if (Python.truth(evaluate(choice.test(), frame))) {
                    yield evaluate(choice.then(), frame);
                }
                yield choice.otherwise() == null ? new Undefined("") : evaluate(choice.otherwise(), frame);
            }
            case Expr.Compare compare -> compare(compare, frame);
            case Expr.Binary binary -> {
                Object left = evaluate(binary.left(), frame);
                Object right = evaluate(binary.right(), frame);
                yield located(frame, binary.line(), () -> Operators.binary(binary.operator(), left, right));
            }
            case Expr.Sign sign -> {
                Object value = evaluate(sign.of(), frame);
                yield located(frame, sign.line(), () -> Operators.sign(sign.operator(), value));
            }
            case Expr.Attribute attribute -> {
                Object of = evaluate(attribute.of(), frame);
                yield located(frame, attribute.line(), () -> Access.attribute(of, attribute.name()));
            }
            case Expr.Item item -> {
                Object of = evaluate(item.of(), frame);
                Object key = evaluate(item.key(), frame);
                yield located(frame, item.line(), () -> Access.item(of, key));
            }
            case Expr.Slice slice -> {
                Object of = evaluate(slice.of(), frame);
                Object start = slice.start() == null ? null : evaluate(slice.start(), frame);
                Object stop = slice.stop() == null ? null : evaluate(slice.stop(), frame);
                Object step = slice.step() == null ? null : evaluate(slice.step(), frame);
                yield located(frame, slice.line(), () -> Access.slice(of, start, stop, step));
            }
            case Expr.Call call -> invoke(call, arguments(call.args(), frame), frame);
            case Expr.Filter filter -> {
                Object input = evaluate(filter.input(), frame);
                Arguments arguments = arguments(filter.args(), frame);
                yield located(frame, filter.line(), () -> Filters.apply(filter.name(), input, arguments));
            }
            case Expr.Test test -> {
                Object input = evaluate(test.input(), frame);
                Arguments arguments = arguments(test.args(), frame);
                yield located(frame, test.line(), () -> Tests.check(test.name(), input, arguments));
            }
        };
    }

    private List<@Nullable Object> evaluate(List<Expr> items, Frame frame) {
        List<@Nullable Object> values = new ArrayList<>(items.size());
        for (Expr item : items) {
            values.add(evaluate(item, frame));
        }
        return values;
    }

    private boolean compare(Expr.Compare compare, Frame frame) {
        Object left = evaluate(compare.first(), frame);
        for (Expr.Comparison comparison : compare.rest()) {
            Object leftValue = left;
            Object right = evaluate(comparison.right(), frame);
            if (!located(frame, compare.line(), () -> Operators.compare(comparison.operator(), leftValue, right))) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private Arguments arguments(CallArgs args, Frame frame) {
        List<@Nullable Object> positional = evaluate(args.positional(), frame);
        Map<String, @Nullable Object> named = new LinkedHashMap<>();
        args.named().forEach(arg -> named.put(arg.name(), evaluate(arg.value(), frame)));
        if (args.rest() != null) {
            positional.addAll(Python.iterate(evaluate(args.rest(), frame)));
        }
        if (args.keywords() != null && evaluate(args.keywords(), frame) instanceof Map<?, ?> more) {
            more.forEach((key, value) -> named.put(Python.str(key), value));
        }
        return new Arguments(positional, named);
    }

    private @Nullable Object invoke(Expr.Call call, Arguments arguments, Frame frame) {
        Object callee = evaluate(call.callee(), frame);
        try {
            return switch (callee) {
                case Callable callable -> callable.call(arguments);
                case Undefined undefined -> throw notCallable(call, undefined);
                case null, default ->
                    throw new JinjaException(Python.typeName(callee) + " cannot be called like a function");
            };
        } catch (JinjaException e) {
            if (callee instanceof MacroFunction macro) {
                e.at(macro.macro().template(), macro.macro().line());
                throw e.calledFrom(macro.macro().name(), frame.template(), call.line());
            }
            throw e.at(frame.template(), call.line());
        } catch (TarnException e) {
            throw new JinjaException(e.describe(), e).at(frame.template(), call.line());
        } catch (ArithmeticException | ClassCastException | DateTimeException e) {
            throw new JinjaException("wrong argument: " + e.getMessage(), e).at(frame.template(), call.line());
        }
    }

    private JinjaException notCallable(Expr.Call call, Undefined undefined) {
        String hint = call.callee() instanceof Expr.Name
                ? Nearest.of(undefined.name(), globals.names())
                        .map(near -> "; did you mean '" + near + "'?")
                        .orElse(". Is the package that defines it in dbt_packages?")
                : "";
        return new JinjaException("'" + undefined.name() + "' is undefined: no macro or function has this name" + hint);
    }

    private interface Evaluation<T> {
        T run();
    }

    private static <T extends @Nullable Object> T located(Frame frame, int line, Evaluation<T> evaluation) {
        try {
            return evaluation.run();
        } catch (JinjaException e) {
            throw e.at(frame.template(), line);
        } catch (ArithmeticException | ClassCastException | DateTimeException e) {
            throw new JinjaException("wrong argument: " + e.getMessage(), e).at(frame.template(), line);
        }
    }
}
