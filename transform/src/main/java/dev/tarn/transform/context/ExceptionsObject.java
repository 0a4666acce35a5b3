package dev.tarn.transform.context;

import dev.tarn.transform.jinja.Attributes;
import dev.tarn.transform.jinja.Callable;
import dev.tarn.transform.jinja.JinjaException;
import dev.tarn.transform.jinja.Undefined;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// `exceptions`.
///
/// @param log takes warnings
record ExceptionsObject(Consumer<String> log) implements Attributes {
    @Override
    public @Nullable Object attribute(String name) {
        return switch (name) {
            case "warn" ->
                (Callable) args -> {
                    log.accept("warning: " + args.text(0, "msg"));
                    return "";
                };
            case "raise_compiler_error",
                    "raise_database_error",
                    "raise_parsing_error",
                    "raise_fail_fast_error",
                    "raise_not_implemented",
                    "raise_dependency_error",
                    "raise_invalid_property_yml_version" ->
                (Callable) args -> {
                    throw new JinjaException(args.textOr(0, "msg", name));
                };
            case "raise_contract_error" ->
                (Callable) args -> {
                    throw new JinjaException("the model's contract is broken: it says " + args.get(0, "yaml_columns")
                            + ", its SQL gives " + args.get(1, "sql_columns"));
                };
            case "column_type_missing" ->
                (Callable) args -> {
                    throw new JinjaException(
                            "the contract needs a data_type for the columns " + args.get(0, "column_names"));
                };
            case "missing_config" ->
                (Callable) args -> {
                    throw new JinjaException("the configuration '" + args.textOr(1, "name", "") + "' is missing");
                };
            case "missing_relation" ->
                (Callable) args -> {
                    throw new JinjaException(args.text(0, "relation") + " does not exist");
                };
            case "relation_wrong_type" ->
                (Callable) args -> {
                    throw new JinjaException(args.textOr(0, "relation", "") + " exists, but is not a "
                            + args.textOr(1, "expected_type", ""));
                };
            default -> new Undefined("exceptions." + name);
        };
    }
}
