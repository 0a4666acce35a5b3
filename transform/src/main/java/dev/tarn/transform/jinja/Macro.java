package dev.tarn.transform.jinja;

import java.util.List;

/// A macro as written: its body is evaluated by [Interpreter] each time it is called.
///
/// @param kind `macro`, or dbt's `test`, `materialization`, …
/// @param name its name, with dbt's prefix for its kind
/// @param template the file it stands in, for errors
/// @param usesVarargs whether it takes more arguments by position than it names
/// @param usesKwargs whether it takes arguments of other names
public record Macro(
        String kind,
        String name,
        String template,
        int line,
        List<Stmt.Parameter> parameters,
        List<Stmt> body,
        boolean usesVarargs,
        boolean usesKwargs,
        boolean usesCaller) {}
