package dev.tarn.govern.contract;

import dev.tarn.core.config.Section;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The rules of `relationships`: each value that refers to another table is found there.
final class References {
    private References() {}

    /// A column's own relationships, whose `from` is the column.
    static List<Rule> ofColumn(String table, String column, Section property, Optional<String> namespace) {
        List<Rule> rules = new ArrayList<>();
        for (Section relationship : property.sections("relationships")) {
            if (relationship.has("from")) {
                throw relationship.error("from", "is the column itself here: leave it out");
            }
            rules.add(rule(table, List.of(column), relationship, namespace, Optional.of(column)));
            relationship.end();
        }
        return rules;
    }

    /// A table's relationships, of one column or several together.
    static List<Rule> ofTable(
            String table, Map<String, String> physicalNames, Section object, Optional<String> namespace) {
        List<Rule> rules = new ArrayList<>();
        for (Section relationship : object.sections("relationships")) {
            List<String> from = relationship.strings("from").stream()
                    .map(reference -> reference.substring(reference.lastIndexOf('.') + 1))
                    .map(name -> physicalNames.getOrDefault(name, name))
                    .toList();
            if (from.isEmpty()) {
                throw relationship.error("'from' is missing");
            }
            rules.add(rule(table, from, relationship, namespace, Optional.empty()));
            relationship.end();
        }
        return rules;
    }

    private static Rule rule(
            String table,
            List<String> from,
            Section relationship,
            Optional<String> namespace,
            Optional<String> column) {
        relationship.string("type", "foreignKey");
        ContractReader.ignore(relationship, "customProperties");
        List<String> to = relationship.strings("to");
        if (to.size() != from.size()) {
            throw relationship.error("to", "expected as many columns as in from: " + from.size());
        }
        List<String> conditions = new ArrayList<>();
        List<String> present = new ArrayList<>();
        String target = "";
        for (int i = 0; i < to.size(); i++) {
            int dot = to.get(i).lastIndexOf('.');
            if (dot < 1) {
                throw relationship.error("to", "expected table.column, not '" + to.get(i) + "'");
            }
            String other = to.get(i).substring(0, dot);
            if (!target.isEmpty() && !target.equals(other)) {
                throw relationship.error("to", "all columns must be of one table");
            }
            target = other;
            conditions.add(
                    "r." + SqlNames.quoted(to.get(i).substring(dot + 1)) + " = t." + SqlNames.quoted(from.get(i)));
            present.add("t." + SqlNames.quoted(from.get(i)) + " IS NOT NULL");
        }
        String otherTable = target;
        String qualified = otherTable.contains(".")
                ? otherTable
                : namespace.map(ns -> ns + "." + otherTable).orElse(otherTable);
        String sql = "SELECT count(*) FROM " + SqlNames.table(table) + " t WHERE " + String.join(" AND ", present)
                + " AND NOT EXISTS (SELECT 1 FROM " + SqlNames.table(qualified) + " r WHERE "
                + String.join(" AND ", conditions) + ")";
        String words = String.join(", ", from) + " is found in " + qualified;
        return new Rule.Query(
                new Rule.About(words, Severity.ERROR, column, relationship.line()),
                sql,
                Bound.zero(),
                Optional.of(qualified));
    }
}
