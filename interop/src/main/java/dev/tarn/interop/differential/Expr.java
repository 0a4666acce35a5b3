package dev.tarn.interop.differential;

import java.util.ArrayList;
import java.util.List;

/// A typed SQL expression: text with slots for its arguments.
///
/// @param type a family of types, such as `decimal` or `array(bigint)`
/// @param text the parts around the arguments: one more than there are arguments
record Expr(String type, List<String> text, List<Expr> arguments) {
    Expr {
        text = List.copyOf(text);
        arguments = List.copyOf(arguments);
        if (text.size() != arguments.size() + 1) {
            throw new IllegalArgumentException(text + " has not one part more than " + arguments);
        }
    }

    static Expr leaf(String type, String sql) {
        return new Expr(type, List.of(sql), List.of());
    }

    String sql() {
        StringBuilder sql = new StringBuilder(text.getFirst());
        for (int i = 0; i < arguments.size(); i++) {
            sql.append(arguments.get(i).sql()).append(text.get(i + 1));
        }
        return sql.toString();
    }

    int size() {
        return 1 + arguments.stream().mapToInt(Expr::size).sum();
    }

    /// Smaller expressions of the same type that may show the same: a part of this one, the plainest
    /// value, or this one with one argument made smaller.
    List<Expr> smaller() {
        List<Expr> candidates = new ArrayList<>();
        for (Expr argument : arguments) {
            if (argument.type().equals(type)) {
                candidates.add(argument);
            }
        }
        if (!arguments.isEmpty()) {
            Literals.plainest(type).ifPresent(candidates::add);
        }
        for (int i = 0; i < arguments.size(); i++) {
            for (Expr less : arguments.get(i).smaller()) {
                List<Expr> changed = new ArrayList<>(arguments);
                changed.set(i, less);
                candidates.add(new Expr(type, text, changed));
            }
        }
        return candidates;
    }
}
