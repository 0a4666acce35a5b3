package dev.tarn.cli;

import dev.tarn.govern.contract.CheckResult.Outcome;
import dev.tarn.orchestrate.diff.TableDiff;
import dev.tarn.orchestrate.diff.TableDiff.Compared;
import dev.tarn.orchestrate.diff.TableDiff.Values;
import dev.tarn.server.pipeline.EnvironmentDiff;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/// A comparison for people.
record DiffText(PrintWriter out) {
    void write(EnvironmentDiff diff) {
        if (diff.tables().isEmpty()) {
            out.println(diff.environment() + " is the same as what is published");
        }
        diff.tables().forEach(this::table);
        List<String> broken = diff.contracts().stream()
                .filter(result -> result.outcome() == Outcome.BROKEN)
                .map(result -> "  " + result.severity().name().toLowerCase(Locale.ROOT) + "  " + result.table() + ": "
                        + result.rule() + ": expected " + result.expected() + ", found "
                        + result.measured().map(BigDecimal::toPlainString).orElse("nothing to measure"))
                .toList();
        if (!diff.contracts().isEmpty()) {
            out.println("contracts: " + (diff.contracts().size() - broken.size()) + " rules kept, " + broken.size()
                    + " broken");
            broken.forEach(out::println);
        }
    }

    private void table(TableDiff table) {
        String mark = switch (table.change()) {
            case ADDED -> "+ ";
            case REMOVED -> "- ";
            case CHANGED -> "~ ";
        };
        out.println(mark + table.name() + "  " + rows(table.rows()));
        table.columns()
                .forEach(column -> out.println("    column " + column.column() + ": "
                        + column.before().orElse("none") + " → "
                        + column.after().orElse("none")
                        + (column.breaking() ? "  (breaking)" : "")));
        table.compared().ifPresent(this::compared);
        table.statistics().forEach(column -> {
            String before = values(column.before());
            String after = values(column.after());
            out.println("    " + column.column() + ": "
                    + (table.change() == TableDiff.Change.CHANGED ? before + " → " + after : before + after));
        });
    }

    private void compared(Compared compared) {
        compared.note().ifPresent(note -> out.println("    compared as whole rows: " + note));
        if (compared.same()) {
            out.println("    no row differs");
            return;
        }
        out.println(String.format(
                Locale.ROOT,
                "    %,d added, %,d removed%s",
                compared.added(),
                compared.removed(),
                compared.key().isEmpty()
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                ", %,d changed by %s",
                                compared.changed(),
                                String.join(", ", compared.key()))));
        compared.changedByColumn()
                .forEach(count ->
                        out.println(String.format(Locale.ROOT, "      %s in %,d rows", count.column(), count.rows())));
        compared.samples()
                .forEach(sample -> out.println("      " + sample.what() + " " + sample.key()
                        + (sample.differences().isEmpty() ? "" : "  " + String.join("; ", sample.differences()))));
    }

    private static String rows(TableDiff.Rows rows) {
        String before = count(rows.before());
        String after = count(rows.after());
        if (rows.before().isEmpty() || rows.after().isEmpty()) {
            return before + after + " rows";
        }
        return before.equals(after) ? before + " rows" : before + " → " + after + " rows";
    }

    private static String count(OptionalLong rows) {
        return rows.isPresent() ? String.format(Locale.ROOT, "%,d", rows.getAsLong()) : "";
    }

    private static String values(Optional<Values> values) {
        return values.map(of -> String.format(
                        Locale.ROOT,
                        "%,d null, about %,d different, %s … %s",
                        of.nulls(),
                        of.distinct(),
                        of.min(),
                        of.max()))
                .orElse("");
    }
}
