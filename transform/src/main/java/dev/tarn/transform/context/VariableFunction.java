package dev.tarn.transform.context;

import dev.tarn.core.config.Nearest;
import dev.tarn.transform.jinja.Arguments;
import dev.tarn.transform.jinja.Attributes;
import dev.tarn.transform.jinja.Callable;
import dev.tarn.transform.jinja.JinjaException;
import dev.tarn.transform.jinja.Undefined;
import dev.tarn.transform.project.Variables;
import org.jspecify.annotations.Nullable;

/// `var(…)` and `var.has_var(…)`.
record VariableFunction(NodeContext context) implements Callable, Attributes {
    @Override
    public @Nullable Object call(Arguments args) {
        String name = args.text(0, "var");
        if (context.overriddenVariables().containsKey(name)) {
            return context.overriddenVariables().get(name);
        }
        Variables variables = context.shared().variables();
        if (variables.has(name, context.packageName())) {
            return variables.get(name, context.packageName());
        }
        if (args.has(1, "default")) {
            return args.get(1, "default");
        }
        throw new JinjaException("the variable '" + name + "' has no value: set it under vars in dbt_project.yml or "
                + "with --var " + name + "=…"
                + Nearest.of(name, variables.names(context.packageName()))
                        .map(near -> "; did you mean '" + near + "'?")
                        .orElse(""));
    }

    @Override
    public @Nullable Object attribute(String name) {
        return name.equals("has_var")
                ? (Callable) args -> context.shared().variables().has(args.text(0, "var_name"), context.packageName())
                : new Undefined("var." + name);
    }

    @Override
    public String toString() {
        return "<var>";
    }
}
