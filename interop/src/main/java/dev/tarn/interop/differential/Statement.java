package dev.tarn.interop.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A generated SELECT, in parts that can be made smaller one by one.
///
/// @param keys how many of the first expressions are what is grouped by, and therefore stay
/// @param tail what follows WHERE: GROUP BY, ORDER BY, LIMIT; it refers to the expressions by number or not at all
/// @param ordered whether the tail puts the rows in one order
record Statement(
        String prefix, List<Expr> select, int keys, String from, Optional<Expr> where, String tail, boolean ordered) {
    Statement {
        select = List.copyOf(select);
    }

    String sql() {
        return "SELECT " + prefix
                + IntStream.range(0, select.size())
                        .mapToObj(i -> select.get(i).sql() + " AS c" + i)
                        .collect(Collectors.joining(", "))
                + " FROM " + from
                + where.map(condition -> " WHERE " + condition.sql()).orElse("")
                + tail;
    }

    /// How large it is, so that shrinking makes progress.
    int size() {
        return select.stream().mapToInt(Expr::size).sum()
                + where.map(Expr::size).orElse(0)
                + (tail.isEmpty() ? 0 : 1)
                + from.length();
    }

    /// Statements one step smaller, the boldest steps first.
    List<Statement> smaller() {
        List<Statement> candidates = new ArrayList<>();
        if (keys == 0) {
            for (Expr one : select) {
                if (select.size() > 1) {
                    candidates.add(with(List.of(one), where));
                }
            }
        }
        for (int i = keys; select.size() > 1 && i < select.size(); i++) {
            List<Expr> fewer = new ArrayList<>(select);
            fewer.remove(i);
            candidates.add(with(fewer, where));
        }
        if (where.isPresent()) {
            candidates.add(with(select, Optional.empty()));
            where.get().smaller().forEach(less -> candidates.add(with(select, Optional.of(less))));
        }
        if (keys == 0 && !tail.isEmpty()) {
            candidates.add(new Statement(prefix, select, keys, from, where, "", false));
        }
        for (int i = 0; i < select.size(); i++) {
            for (Expr less : select.get(i).smaller()) {
                List<Expr> changed = new ArrayList<>(select);
                changed.set(i, less);
                candidates.add(with(changed, where));
            }
        }
        return candidates;
    }

    private Statement with(List<Expr> newSelect, Optional<Expr> newWhere) {
        return new Statement(prefix, newSelect, keys, from, newWhere, tail, ordered);
    }
}
