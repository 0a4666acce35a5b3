package dev.tarn.transform.select;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One word of a selection.
///
/// @param method such as `tag`; `config.materialized` has the rest after the dot in `key`
/// @param parents how many steps upwards
/// @param children how many steps downwards
/// @param childrensParents dbt's `@`: what comes below, and everything that needs
record Term(String method, String key, String value, int parents, int children, boolean childrensParents) {
    private static final Pattern WORD = Pattern.compile(
            "(@)?(?:(\\d*)(\\+))?(?:([a-z_]+)(?:\\.([\\w.\\-]+))?:)?(.*?)(?:(\\+)(\\d*))?", Pattern.DOTALL);

    static Term of(String text) {
        Matcher matcher = WORD.matcher(text.strip());
        if (!matcher.matches() || matcher.group(6).isEmpty()) {
            throw new TarnException(
                    ErrorCode.USAGE,
                    "the selection '" + text
                            + "' cannot be read: expected a name or method:value, with + or @ around it");
        }
        boolean childrensParents = matcher.group(1) != null;
        if (childrensParents && matcher.group(7) != null) {
            throw new TarnException(ErrorCode.USAGE, "the selection '" + text + "' has both @ and +: use one of them");
        }
        String value = matcher.group(6);
        String method = matcher.group(4);
        if (method == null) {
            method = isPath(value) ? "path" : "fqn";
        }
        return new Term(
                method,
                matcher.group(5) == null ? "" : matcher.group(5),
                value,
                steps(matcher.group(3), matcher.group(2)),
                steps(matcher.group(7), matcher.group(8)),
                childrensParents);
    }

    private static boolean isPath(String value) {
        return value.contains("/") || value.endsWith(".sql") || value.endsWith(".csv") || value.endsWith(".yml");
    }

    private static int steps(
            @org.jspecify.annotations.Nullable String plus, @org.jspecify.annotations.Nullable String number) {
        if (plus == null) {
            return 0;
        }
        return number == null || number.isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(number);
    }
}
