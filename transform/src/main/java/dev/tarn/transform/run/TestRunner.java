package dev.tarn.transform.run;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.context.ResultTable;
import dev.tarn.transform.context.Warehouse;
import dev.tarn.transform.jinja.Python;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.NodeConfig;
import dev.tarn.transform.project.Relation;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Checks a test: its query finds the rows that should not be there.
final class TestRunner {
    private static final int SAMPLE_ROWS = 3;
    private static final Pattern CONDITION = Pattern.compile("\\s*(>=|<=|!=|<>|=|>|<)\\s*(\\d+)\\s*");

    private final Warehouse warehouse;
    private final boolean storesFailures;

    /// @param storesFailures whether tests keep their failures unless they say otherwise
    TestRunner(Warehouse warehouse, boolean storesFailures) {
        this.warehouse = warehouse;
        this.storesFailures = storesFailures;
    }

    /// @throws TarnException `CHECK_FAILED` when rows break a test of severity error
    Outcome run(CompiledNode compiled) {
        Node node = compiled.node();
        NodeConfig config = node.config();
        String limit = config.text("limit").map(rows -> "\nLIMIT " + rows).orElse("");
        String query = compiled.sql() + limit;
        String from = "(\n" + query + "\n) dbt_internal_test";
        String storedAs = config.text("store_failures_as")
                .orElse(config.truth("store_failures", storesFailures) ? "table" : "ephemeral");
        if (!storedAs.equals("ephemeral")) {
            Relation stored = node.relation();
            warehouse.createSchema(String.valueOf(stored.schema()));
            String kind = storedAs.equals("view") ? "VIEW " : "TABLE ";
            warehouse
                    .find(stored)
                    .filter(found -> !kind.strip().equalsIgnoreCase(found.type()))
                    .ifPresent(found -> warehouse.execute("DROP " + found.type() + " " + found));
            execute(compiled, "CREATE OR REPLACE " + kind + stored + " AS\n" + query, 1);
            from = stored.toString();
        }
        String calculation = config.text("fail_calc").orElse("count(*)");
        long failures = count(compiled, "SELECT " + calculation + " FROM " + from);
        String errorIf = config.text("error_if").orElse("!= 0");
        String warnIf = config.text("warn_if").orElse("!= 0");
        boolean error = !config.text("severity").orElse("error").equalsIgnoreCase("warn");
        if (error && holds(node, errorIf, failures)) {
            throw new TarnException(
                            ErrorCode.CHECK_FAILED,
                            node.name() + " found " + failures + failing(failures) + sample(compiled, query))
                    .in("test", node.path());
        }
        boolean warned = holds(node, warnIf, failures);
        String message = warned ? "warning: " + failures + failing(failures) + sample(compiled, query) : "passed";
        return new Outcome(OptionalLong.of(failures), message, compiled.sql());
    }

    private static String failing(long failures) {
        return failures == 1 ? " failing row" : " failing rows";
    }

    private long count(CompiledNode compiled, String sql) {
        try {
            Object value = warehouse.query(sql).rows().getFirst().getFirst();
            return value instanceof Number number ? number.longValue() : Boolean.TRUE.equals(value) ? 1 : 0;
        } catch (TarnException e) {
            throw SqlFailures.located(compiled, 1, e);
        }
    }

    private void execute(CompiledNode compiled, String sql, int linesBefore) {
        try {
            warehouse.execute(sql);
        } catch (TarnException e) {
            throw SqlFailures.located(compiled, linesBefore, e);
        }
    }

    private String sample(CompiledNode compiled, String query) {
        try {
            ResultTable table =
                    warehouse.query("SELECT * FROM (\n" + query + "\n) dbt_internal_test LIMIT " + SAMPLE_ROWS);
            List<String> names =
                    table.columns().stream().map(column -> column.name()).toList();
            StringBuilder text = new StringBuilder();
            for (List<@Nullable Object> row : table.rows()) {
                text.append(text.isEmpty() ? ", such as " : "; ");
                for (int i = 0; i < Math.min(row.size(), 6); i++) {
                    text.append(i == 0 ? "" : ", ")
                            .append(names.get(i))
                            .append('=')
                            .append(Python.str(row.get(i)));
                }
            }
            return text.toString();
        } catch (TarnException e) {
            throw SqlFailures.located(compiled, 1, e);
        }
    }

    /// Whether a number of failures meets a condition such as `> 10` or `!= 0`.
    static boolean holds(Node node, String condition, long failures) {
        Matcher matcher = CONDITION.matcher(condition);
        if (!matcher.matches()) {
            throw new TarnException(
                    ErrorCode.CONFIG_INVALID,
                    node.path() + ": the test " + node.name() + " has the condition '" + condition
                            + "': expected a comparison such as '> 10'");
        }
        long bound = Long.parseLong(matcher.group(2));
        return switch (matcher.group(1)) {
            case ">=" -> failures >= bound;
            case "<=" -> failures <= bound;
            case ">" -> failures > bound;
            case "<" -> failures < bound;
            case "=" -> failures == bound;
            default -> failures != bound;
        };
    }
}
