package dev.tarn.transform.jinja;

import org.jspecify.annotations.Nullable;

/// A macro that can be called, together with the scope it was defined in.
public final class MacroFunction implements Callable, Attributes {
    private final Interpreter interpreter;
    private final Macro macro;
    private final @Nullable Scope definedIn;

    MacroFunction(Interpreter interpreter, Macro macro, @Nullable Scope definedIn) {
        this.interpreter = interpreter;
        this.macro = macro;
        this.definedIn = definedIn;
    }

    /// What it runs.
    public Macro macro() {
        return macro;
    }

    @Override
    public @Nullable Object call(Arguments arguments) {
        return interpreter.call(macro, definedIn, arguments);
    }

    @Override
    public @Nullable Object attribute(String name) {
        return name.equals("name") ? macro.name() : new Undefined(name);
    }

    @Override
    public String toString() {
        return "<macro " + macro.name() + ">";
    }
}
