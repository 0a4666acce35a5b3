package dev.tarn.server.pipeline;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.govern.contract.ContractResults.Kept;
import dev.tarn.orchestrate.diff.TableDiff;
import dev.tarn.orchestrate.diff.TableDiff.Compared;
import dev.tarn.orchestrate.diff.TableDiff.Values;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// A comparison as JSON.
public final class DiffJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private DiffJson() {}

    /// The whole comparison.
    public static ObjectNode of(EnvironmentDiff diff) {
        ObjectNode json = JSON.createObjectNode();
        json.put("environment", diff.environment());
        ArrayNode tables = json.putArray("tables");
        diff.tables().forEach(table -> table(tables.addObject(), table));
        ArrayNode contracts = json.putArray("contracts");
        diff.contracts().forEach(result -> result(contracts.addObject(), result));
        return json;
    }

    private static void table(ObjectNode json, TableDiff table) {
        json.put("name", table.name());
        json.put("change", table.change().name().toLowerCase(Locale.ROOT));
        ArrayNode columns = json.putArray("columns");
        table.columns()
                .forEach(column -> columns.addObject()
                        .put("column", column.column())
                        .put("before", orNull(column.before()))
                        .put("after", orNull(column.after()))
                        .put("breaking", column.breaking()));
        ObjectNode rows = json.putObject("rows");
        rows.put("before", orNull(table.rows().before()));
        rows.put("after", orNull(table.rows().after()));
        table.compared().ifPresent(compared -> compared(json.putObject("compared"), compared));
        ArrayNode statistics = json.putArray("statistics");
        table.statistics().forEach(column -> {
            ObjectNode one = statistics.addObject().put("column", column.column());
            column.before().ifPresent(values -> values(one.putObject("before"), values));
            column.after().ifPresent(values -> values(one.putObject("after"), values));
        });
    }

    private static void compared(ObjectNode json, Compared compared) {
        compared.key().forEach(json.putArray("key")::add);
        compared.note().ifPresent(note -> json.put("note", note));
        json.put("added", compared.added());
        json.put("removed", compared.removed());
        json.put("changed", compared.changed());
        ObjectNode byColumn = json.putObject("changedByColumn");
        compared.changedByColumn().forEach(count -> byColumn.put(count.column(), count.rows()));
        ArrayNode samples = json.putArray("samples");
        compared.samples().forEach(sample -> {
            ObjectNode one = samples.addObject().put("what", sample.what());
            sample.key().forEach(one.putArray("key")::add);
            sample.differences().forEach(one.putArray("differences")::add);
        });
    }

    private static void values(ObjectNode json, Values values) {
        json.put("nulls", values.nulls());
        json.put("distinct", values.distinct());
        json.put("min", values.min());
        json.put("max", values.max());
    }

    private static void result(ObjectNode json, Kept result) {
        json.put("table", result.table());
        json.put("rule", result.rule());
        json.put("severity", result.severity().name());
        json.put("outcome", result.outcome().name());
        json.put("measured", result.measured().map(BigDecimal::toPlainString).orElse(null));
        json.put("expected", result.expected());
        json.put("run", result.run());
    }

    private static @Nullable String orNull(Optional<String> text) {
        return text.orElse(null);
    }

    private static @Nullable Long orNull(OptionalLong number) {
        return number.isPresent() ? number.getAsLong() : null;
    }
}
