package dev.tarn.transform.context;

import dev.tarn.transform.jinja.Arguments;
import dev.tarn.transform.jinja.Attributes;
import dev.tarn.transform.jinja.Callable;
import dev.tarn.transform.jinja.JinjaException;
import dev.tarn.transform.jinja.Python;
import dev.tarn.transform.jinja.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// The statements that a node's templates run, and their results by name: `statement`, `run_query`,
/// `load_result`, `store_result`. While a project is parsed nothing runs.
public final class Statements {
    private final @Nullable Warehouse warehouse;
    private final Map<String, Result> results = new LinkedHashMap<>();

    Statements(@Nullable Warehouse warehouse) {
        this.warehouse = warehouse;
    }

    /// One statement's answer.
    private record Result(Response response, ResultTable table) {
        Map<String, @Nullable Object> words() {
            Map<String, @Nullable Object> words = new LinkedHashMap<>();
            words.put("table", table);
            words.put("data", new ArrayList<>(table.rows()));
            words.put("response", response);
            return words;
        }
    }

    /// dbt's `AdapterResponse`.
    ///
    /// @param rows rows written, when it wrote some
    private record Response(String message, OptionalLong rows) implements Attributes {
        @Override
        public @Nullable Object attribute(String name) {
            return switch (name) {
                case "_message" -> message;
                case "code" -> "SUCCESS";
                case "rows_affected" -> rows.isPresent() ? (Object) rows.getAsLong() : null;
                case "query_id" -> "";
                default -> new Undefined("response." + name);
            };
        }

        @Override
        public String toString() {
            return message;
        }
    }

    /// Runs the statements of a text, which semicolons separate; the answer is that of the last one.
    ///
    /// @param fetch whether its rows are wanted
    ResultTable run(@Nullable String name, String sql, boolean fetch) {
        if (warehouse == null) {
            return ResultTable.EMPTY;
        }
        ResultTable table = ResultTable.EMPTY;
        OptionalLong rows = OptionalLong.empty();
        List<String> statements = SqlTexts.split(sql);
        for (int i = 0; i < statements.size(); i++) {
            if (fetch && i == statements.size() - 1) {
                table = warehouse.query(statements.get(i));
            } else {
                // Of several statements the one that writes rows last tells how many.
                long written = warehouse.execute(statements.get(i));
                rows = written > 0 || rows.isEmpty() ? OptionalLong.of(written) : rows;
            }
        }
        if (name != null) {
            results.put(name, new Result(new Response("SUCCESS", rows), table));
        }
        return table;
    }

    /// `{% call statement('name', fetch_result=True) %}…{% endcall %}`.
    Object statement(Arguments args) {
        if (warehouse == null || !(args.named().get("caller") instanceof Callable caller)) {
            return "";
        }
        String sql = Python.str(caller.call(Arguments.NONE));
        run(args.textOrNull(0, "name"), sql, args.truth(1, "fetch_result", false));
        return "";
    }

    Object runQuery(Arguments args) {
        return run("run_query_statement", args.text(0, "sql"), true);
    }

    @Nullable
    Object load(Arguments args) {
        Result result = results.get(args.text(0, "name"));
        return result == null ? null : result.words();
    }

    Object store(Arguments args) {
        Object table = args.get(2, "agate_table", null);
        results.put(
                args.text(0, "name"),
                new Result(
                        new Response(args.textOr(1, "response", "SUCCESS"), OptionalLong.empty()),
                        table instanceof ResultTable rows ? rows : ResultTable.EMPTY));
        return "";
    }

    Object storeRaw(Arguments args) {
        Object rows = args.get(3, "rows_affected", null);
        OptionalLong affected = rows == null ? OptionalLong.empty() : OptionalLong.of(parsed(Python.str(rows)));
        results.put(
                args.text(0, "name"),
                new Result(new Response(args.textOr(1, "message", "SUCCESS"), affected), ResultTable.EMPTY));
        return "";
    }

    private static long parsed(String number) {
        try {
            return Long.parseLong(number);
        } catch (NumberFormatException e) {
            throw new JinjaException("store_raw_result: rows_affected is '" + number + "', not a number", e);
        }
    }

    /// Rows that a statement of this name wrote.
    public OptionalLong rows(String name) {
        return Optional.ofNullable(results.get(name))
                .map(result -> result.response().rows())
                .orElse(OptionalLong.empty());
    }

    /// Whether a statement of this name has run.
    public boolean has(String name) {
        return results.containsKey(name);
    }
}
