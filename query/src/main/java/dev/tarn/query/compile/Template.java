package dev.tarn.query.compile;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// SQL with `$1`, `$2` … for the arguments.
record Template(String sql) {
    /// The text with the arguments in place; `$$` is a dollar sign, `$*` all arguments.
    String fill(List<String> arguments) {
        return fill(arguments::get, arguments.size());
    }

    /// The same, with arguments made only when they are used.
    String fill(IntFunction<String> argument, int count) {
        StringBuilder filled = new StringBuilder();
        for (int i = 0; i < sql.length(); i++) {
            char c = sql.charAt(i);
            if (c == '$' && i + 1 < sql.length() && sql.charAt(i + 1) == '$') {
                filled.append(c);
                i++;
            } else if (c == '$' && i + 1 < sql.length() && Character.isDigit(sql.charAt(i + 1))) {
                filled.append(argument.apply(sql.charAt(++i) - '1'));
            } else if (c == '$' && i + 1 < sql.length() && sql.charAt(i + 1) == '*') {
                filled.append(IntStream.range(0, count).mapToObj(argument).collect(Collectors.joining(", ")));
                i++;
            } else {
                filled.append(c);
            }
        }
        return filled.toString();
    }
}
