package dev.tarn.transform.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A part of a template: text, output, or a block.
public sealed interface Stmt {
    /// @param line where it begins, 1-based
    record Text(String text, int line) implements Stmt {}

    record Output(Expr value) implements Stmt {}

    record Do(Expr value) implements Stmt {}

    record If(List<Branch> branches, List<Stmt> otherwise) implements Stmt {}

    /// @param filter the `if` after the iterable
    record For(
            Target target,
            Expr iterable,
            @Nullable Expr filter,
            List<Stmt> body,
            List<Stmt> otherwise,
            boolean recursive,
            int line)
            implements Stmt {}

    record Set(Target target, Expr value, int line) implements Stmt {}

    /// @param filters an expression over [#CAPTURED], or null
    record SetBlock(Target target, @Nullable Expr filters, List<Stmt> body, int line) implements Stmt {}

    record With(List<Set> sets, List<Stmt> body) implements Stmt {}

    record FilterBlock(Expr filters, List<Stmt> body, int line) implements Stmt {}

    record MacroDef(Macro macro) implements Stmt {}

    /// @param parameters of the caller's block
    record CallBlock(List<Parameter> parameters, Expr call, List<Stmt> body, int line) implements Stmt {}

    record Break(int line) implements Stmt {}

    record Continue(int line) implements Stmt {}

    /// The name under which a filter block's text is filtered.
    String CAPTURED = "captured text";

    record Branch(Expr test, List<Stmt> body) {}

    record Parameter(String name, @Nullable Expr otherwise) {}

    /// What `set` and `for` assign to.
    sealed interface Target {
        record Variable(String name) implements Target {}

        record NamespaceAttribute(String namespace, String attribute) implements Target {}

        record Several(List<Target> targets) implements Target {}
    }
}
