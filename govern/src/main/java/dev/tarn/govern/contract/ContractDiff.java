package dev.tarn.govern.contract;

import dev.tarn.govern.contract.Contract.Column;
import dev.tarn.govern.contract.Contract.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What changed from one version of a contract to the next, and whether it breaks those who read the data.
///
/// Readers break when a table or column goes, a type changes, or a promise about the data is weakened or dropped;
/// a new column or a new promise breaks nobody who reads.
public final class ContractDiff {
    private ContractDiff() {}

    /// One change.
    ///
    /// @param what in words, such as `gold.payments: column amount removed`
    /// @param breaking whether a reader may break
    public record Change(String what, boolean breaking) {}

    /// All changes, in the contracts' order.
    public static List<Change> between(Contract before, Contract after) {
        List<Change> changes = new ArrayList<>();
        Map<String, Table> old = byName(before.tables(), Table::name);
        Map<String, Table> now = byName(after.tables(), Table::name);
        old.keySet().stream()
                .filter(name -> !now.containsKey(name))
                .forEach(name -> changes.add(new Change(name + " removed", true)));
        now.forEach((name, table) -> {
            Table was = old.get(name);
            if (was == null) {
                changes.add(new Change(name + " added", false));
            } else {
                columns(was, table, changes);
                rules(was, table, changes);
            }
        });
        return changes;
    }

    private static void columns(Table before, Table after, List<Change> changes) {
        Map<String, Column> old = byName(before.columns(), Column::name);
        Map<String, Column> now = byName(after.columns(), Column::name);
        old.keySet().stream()
                .filter(name -> !now.containsKey(name))
                .forEach(name -> changes.add(new Change(after.name() + ": column " + name + " removed", true)));
        now.forEach((name, column) -> {
            Column was = old.get(name);
            String at = after.name() + ": column " + name;
            if (was == null) {
                changes.add(new Change(at + " added", false));
                return;
            }
            if (!was.logicalType().equals(column.logicalType())
                    || !was.physicalType().equals(column.physicalType())) {
                changes.add(new Change(at + ": type " + type(was) + " became " + type(column), true));
            }
            if (was.required() && !column.required()) {
                changes.add(new Change(at + " may be null now", true));
            } else if (!was.required() && column.required()) {
                changes.add(new Change(at + " is never null now", false));
            }
        });
    }

    private static void rules(Table before, Table after, List<Change> changes) {
        Map<String, String> old = promises(before);
        Map<String, String> now = promises(after);
        old.forEach((name, promise) -> {
            if (!now.containsKey(name)) {
                changes.add(new Change(after.name() + ": rule '" + name + "' removed", true));
            } else if (!now.get(name).equals(promise)) {
                changes.add(new Change(after.name() + ": rule '" + name + "' changed", true));
            }
        });
        now.keySet().stream()
                .filter(name -> !old.containsKey(name))
                .forEach(name -> changes.add(new Change(after.name() + ": rule '" + name + "' added", false)));
    }

    /// Rules by name with all that they say; `required` is reported with its column.
    private static Map<String, String> promises(Table table) {
        Map<String, String> promises = new LinkedHashMap<>();
        for (Rule rule : table.rules()) {
            String name = rule.about().name();
            switch (rule) {
                case Rule.EachRow row -> {
                    if (!name.endsWith(" is not null")) {
                        promises.put(name, row.about().severity() + row.brokenWhen());
                    }
                }
                case Rule.Aggregate aggregate ->
                    promises.put(name, aggregate.about().severity() + aggregate.expression() + aggregate.bound());
                case Rule.Query query -> promises.put(name, query.about().severity() + query.sql() + query.bound());
                case Rule.Structure structure ->
                    promises.put(
                            name,
                            structure.about().severity() + structure.shape().toString());
                case Rule.Fresh fresh -> promises.put(name, fresh.about().severity() + " " + fresh.ageMax());
                case Rule.Steady steady ->
                    promises.put(
                            name, steady.about().severity() + steady.measure().whole() + steady.near());
                case Rule.Unchecked unchecked -> {}
            }
        }
        return promises;
    }

    private static String type(Column column) {
        return column.physicalType()
                .or(() -> column.logicalType().map(type -> type.name().toLowerCase(java.util.Locale.ROOT)))
                .orElse("unspecified");
    }

    private static <T> Map<String, T> byName(List<T> items, Function<T, String> name) {
        return items.stream()
                .collect(Collectors.toMap(name, Function.identity(), (first, second) -> first, LinkedHashMap::new));
    }
}
