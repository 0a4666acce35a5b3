package dev.tarn.transform.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// An expression of a template.
public sealed interface Expr {
    /// Where it stands, 1-based.
    int line();

    record Literal(@Nullable Object value, int line) implements Expr {}

    record Name(String name, int line) implements Expr {}

    record TupleOf(List<Expr> items, int line) implements Expr {}

    record ListOf(List<Expr> items, int line) implements Expr {}

    record DictOf(List<Pair> pairs, int line) implements Expr {}

    record Attribute(Expr of, String name, int line) implements Expr {}

    record Item(Expr of, Expr key, int line) implements Expr {}

    record Slice(
            Expr of,
            @Nullable Expr start,
            @Nullable Expr stop,
            @Nullable Expr step,
            int line) implements Expr {}

    record Call(Expr callee, CallArgs args, int line) implements Expr {}

    /// @param input what is filtered
    record Filter(Expr input, String name, CallArgs args, int line) implements Expr {}

    record Test(Expr input, String name, CallArgs args, int line) implements Expr {}

    record Not(Expr of, int line) implements Expr {}

    record And(Expr left, Expr right, int line) implements Expr {}

    record Or(Expr left, Expr right, int line) implements Expr {}

    /// @param operator `-` or `+`
    record Sign(String operator, Expr of, int line) implements Expr {}

    /// @param operator one of `+ - * / // % ** ~`
    record Binary(String operator, Expr left, Expr right, int line) implements Expr {}

    record Compare(Expr first, List<Comparison> rest, int line) implements Expr {}

    record Conditional(Expr then, Expr test, @Nullable Expr otherwise, int line) implements Expr {}

    /// One step of a chained comparison.
    ///
    /// @param operator one of `== != < <= > >= in`, or `not in`
    record Comparison(String operator, Expr right) {}

    record Pair(Expr key, Expr value) {}

    /// @param rest `*args`
    /// @param keywords `**kwargs`
    record CallArgs(
            List<Expr> positional,
            List<Named> named,
            @Nullable Expr rest,
            @Nullable Expr keywords) {
        static final CallArgs NONE = new CallArgs(List.of(), List.of(), null, null);
    }

    record Named(String name, Expr value) {}
}
