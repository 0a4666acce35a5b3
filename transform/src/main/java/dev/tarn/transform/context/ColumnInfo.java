package dev.tarn.transform.context;

import dev.tarn.transform.jinja.Attributes;
import dev.tarn.transform.jinja.Callable;
import dev.tarn.transform.jinja.Undefined;
import dev.tarn.transform.project.Relation;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A column as templates see it: dbt's `Column`.
///
/// @param type in Trino's words, such as `decimal(12,2)`
public record ColumnInfo(String name, String type) implements Attributes {
    @Override
    public @Nullable Object attribute(String attribute) {
        return switch (attribute) {
            case "name", "column" -> name;
            case "quoted" -> Relation.quoted(name);
            case "data_type", "dtype" -> type;
            case "is_string" -> (Callable) args -> base().equals("varchar") || base().equals("char");
            case "is_integer" -> (Callable) args -> isInteger();
            case "is_float" -> (Callable) args -> base().equals("real") || base().equals("double");
            case "is_numeric" -> (Callable) args -> base().equals("decimal");
            case "is_number" ->
                (Callable) args ->
                        isInteger() || base().equals("real") || base().equals("double") || base().equals("decimal");
            case "can_expand_to" -> (Callable) args -> false;
            case "string_size" -> (Callable) args -> parameter(0, 256L);
            case "numeric_precision" -> parameter(0, null);
            case "numeric_scale" -> parameter(1, null);
            case "char_size" -> base().endsWith("char") ? parameter(0, null) : null;
            default -> new Undefined(attribute);
        };
    }

    private String base() {
        int bracket = type.indexOf('(');
        return (bracket < 0 ? type : type.substring(0, bracket)).toLowerCase(Locale.ROOT);
    }

    private boolean isInteger() {
        return switch (base()) {
            case "tinyint", "smallint", "integer", "int", "bigint" -> true;
            default -> false;
        };
    }

    private @Nullable Long parameter(int index, @Nullable Long otherwise) {
        int open = type.indexOf('(');
        int close = type.indexOf(')');
        if (open < 0 || close < open) {
            return otherwise;
        }
        String[] parameters = type.substring(open + 1, close).split(",", -1);
        String text = index < parameters.length ? parameters[index].strip() : "";
        return text.matches("\\d+") ? Long.valueOf(text) : otherwise;
    }

    @Override
    public String toString() {
        return "<Column " + name + " (" + type + ")>";
    }
}
