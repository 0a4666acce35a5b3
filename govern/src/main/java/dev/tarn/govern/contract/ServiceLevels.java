package dev.tarn.govern.contract;

import dev.tarn.core.config.Section;
import dev.tarn.govern.contract.Contract.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The service levels of a contract that a machine can check: how old the newest row may be.
final class ServiceLevels {
    private static final Set<String> AGES = Set.of("latency", "ly", "freshness", "fr");
    private static final Map<String, Duration> UNITS = Map.ofEntries(
            Map.entry("s", Duration.ofSeconds(1)),
            Map.entry("second", Duration.ofSeconds(1)),
            Map.entry("m", Duration.ofMinutes(1)),
            Map.entry("min", Duration.ofMinutes(1)),
            Map.entry("minute", Duration.ofMinutes(1)),
            Map.entry("h", Duration.ofHours(1)),
            Map.entry("hour", Duration.ofHours(1)),
            Map.entry("d", Duration.ofDays(1)),
            Map.entry("day", Duration.ofDays(1)),
            Map.entry("w", Duration.ofDays(7)),
            Map.entry("week", Duration.ofDays(7)),
            Map.entry("y", Duration.ofDays(365)),
            Map.entry("yr", Duration.ofDays(365)),
            Map.entry("year", Duration.ofDays(365)));

    private ServiceLevels() {}

    /// The tables with the rules that the contract's service levels imply.
    ///
    /// @param names for each table those that an element may call it by
    static List<Table> added(Section root, List<Table> tables, List<List<String>> names) {
        Optional<String> usual = root.optionalString("slaDefaultElement");
        List<Table> all = new ArrayList<>(tables);
        for (Section level : root.sections("slaProperties")) {
            String property = level.string("property").toLowerCase(Locale.ROOT);
            Optional<String> element = level.optionalString("element").or(() -> usual);
            if (!AGES.contains(property) || element.isEmpty()) {
                continue;
            }
            Duration age = age(level);
            for (String each : element.get().split("\\s*,\\s*", -1)) {
                add(all, names, each, age, property, level.line());
            }
        }
        return all;
    }

    private static void add(
            List<Table> all, List<List<String>> names, String element, Duration age, String property, int line) {
        int dot = element.lastIndexOf('.');
        String table = dot < 0 ? "" : element.substring(0, dot);
        String column = element.substring(dot + 1);
        for (int i = 0; i < all.size(); i++) {
            Table each = all.get(i);
            boolean named = each.name().equals(table) || names.get(i).contains(table);
            if (named && each.columns().stream().anyMatch(known -> known.name().equals(column))) {
                Rule.About about = new Rule.About(column + " " + property, Severity.WARNING, Optional.of(column), line);
                all.set(i, with(each, Rule.Fresh.of(about, column, age)));
                return;
            }
        }
        if (!all.isEmpty()) {
            // Shown with the first table, so that it does not pass silently.
            Rule.About about = new Rule.About(property + " of " + element, Severity.INFO, Optional.empty(), line);
            all.set(0, with(all.getFirst(), new Rule.Unchecked(about, element + " is no column of this contract")));
        }
    }

    private static Table with(Table table, Rule rule) {
        List<Rule> rules = new ArrayList<>(table.rules());
        rules.add(rule);
        return new Table(table.name(), table.columns(), table.key(), ContractReader.named(rules), table.line());
    }

    private static Duration age(Section level) {
        String unit = level.string("unit", "d").toLowerCase(Locale.ROOT);
        Duration one = Optional.ofNullable(UNITS.get(unit))
                .or(() -> Optional.ofNullable(UNITS.get(unit.replaceFirst("s$", ""))))
                .orElseThrow(() -> level.error("unit", "expected s, min, h, d, w or y, not '" + unit + "'"));
        String value = level.string("value");
        try {
            return Duration.ofSeconds(Expectations.decimal(level, "value", value)
                    .multiply(java.math.BigDecimal.valueOf(one.toSeconds()))
                    .longValueExact());
        } catch (ArithmeticException e) {
            throw level.error("value", "expected whole seconds, not " + value + " " + unit);
        }
    }
}
