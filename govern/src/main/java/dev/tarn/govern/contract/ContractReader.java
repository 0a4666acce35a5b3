package dev.tarn.govern.contract;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.config.Section;
import dev.tarn.core.config.YamlFile;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.govern.contract.Contract.Column;
import dev.tarn.govern.contract.Contract.LogicalType;
import dev.tarn.govern.contract.Contract.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Reads contracts written in the Open Data Contract Standard, versions 3.0.0 to 3.1.0.
///
/// A key that the standard does not know is an error with file and line. Parts of the standard that bear on
/// people rather than on data (team, price, support, roles), and the fields inside objects and arrays, are
/// accepted and left alone.
public final class ContractReader {
    private ContractReader() {}

    /// All contracts of a folder, which may be absent; every `*.odcs.yaml` or `*.odcs.yml` below it.
    ///
    /// @throws TarnException `CONFIG_INVALID` naming file and line, also when two contracts speak of one table
    public static List<Contract> readAll(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.filter(file -> file.toString().matches(".*\\.odcs\\.ya?ml"))
                    .sorted(Comparator.naturalOrder())
                    .toList();
        } catch (IOException e) {
            throw new TarnException(ErrorCode.CONFIG_INVALID, folder + " cannot be listed: " + e.getMessage(), e);
        }
        Map<String, Contract> byTable = new HashMap<>();
        List<Contract> contracts = new ArrayList<>();
        for (Path file : files) {
            Contract contract = read(file);
            contracts.add(contract);
            for (Table table : contract.tables()) {
                Contract other = byTable.put(table.name(), contract);
                if (other != null && other.enforced() && contract.enforced()) {
                    throw invalid(file, table.line(), table.name() + " already has a contract in " + other.file());
                }
            }
        }
        return contracts;
    }

    /// One contract.
    ///
    /// @throws TarnException `CONFIG_INVALID` naming file and line
    public static Contract read(Path file) {
        Section root = YamlFile.read(file, Interpolation.none());
        String kind = root.string("kind");
        if (!kind.equals("DataContract")) {
            throw root.error("kind", "expected DataContract, not '" + kind + "'");
        }
        String api = root.string("apiVersion");
        if (!api.matches("v3\\.(0\\.[0-2]|1\\.0)")) {
            throw root.error("apiVersion", "expected v3.0.0 to v3.1.0, not '" + api + "'");
        }
        String id = root.string("id");
        String version = root.string("version");
        String status = root.string("status");
        List.of("name", "tenant", "dataProduct", "domain", "contractCreatedTs").forEach(root::optionalString);
        root.strings("tags");
        ignore(root, "description", "support", "price", "team", "roles");
        ignore(root, "authoritativeDefinitions", "customProperties");
        Optional<String> namespace = namespace(root);
        List<Table> tables = new ArrayList<>();
        List<List<String>> names = new ArrayList<>();
        for (Section object : root.sections("schema")) {
            tables.add(table(object, namespace));
            names.add(List.of(object.string("name"), object.string("physicalName", "")));
            object.end();
        }
        List<Table> promised = ServiceLevels.added(root, tables, names);
        root.end();
        return new Contract(file, id, version, status, promised);
    }

    /// Takes keys as known without reading what stands below them.
    static void ignore(Section section, String... keys) {
        for (String key : keys) {
            section.has(key);
        }
    }

    /// The namespace of tables that are named without one: that of the first server which has one.
    private static Optional<String> namespace(Section root) {
        Optional<String> namespace = Optional.empty();
        for (Section server : root.sections("servers")) {
            server.string("server");
            server.string("type");
            Optional<String> schema = server.optionalString("schema");
            namespace = namespace.or(() -> schema);
        }
        return namespace;
    }

    private static Table table(Section object, Optional<String> namespace) {
        String written = object.string("name");
        String physical = object.optionalString("physicalName").orElse(written);
        String name = physical.contains(".")
                ? physical
                : namespace.map(ns -> ns + "." + physical).orElse(physical);
        List.of("id", "physicalType", "description", "businessName", "dataGranularityDescription", "logicalType")
                .forEach(object::optionalString);
        object.strings("tags");
        ignore(object, "authoritativeDefinitions", "customProperties");

        List<Column> columns = new ArrayList<>();
        List<Rule> rules = new ArrayList<>();
        Map<String, Integer> key = new LinkedHashMap<>();
        Map<String, String> physicalNames = new HashMap<>();
        for (Section property : object.sections("properties")) {
            Column column = column(property, rules, name, key);
            physicalNames.put(property.string("name"), column.name());
            columns.add(column);
            rules.addAll(References.ofColumn(name, column.name(), property, namespace));
            property.end();
        }
        rules.addAll(QualityRules.read(name, Optional.empty(), object));
        rules.addAll(References.ofTable(name, physicalNames, object, namespace));
        List<String> keyColumns = key.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .toList();
        Set<String> required =
                columns.stream().filter(Column::required).map(Column::name).collect(Collectors.toSet());
        rules.addAll(keyPresent(
                object,
                keyColumns.stream().filter(each -> !required.contains(each)).toList()));
        primaryKey(object, keyColumns).ifPresent(rules::add);
        return new Table(name, columns, keyColumns, named(rules), object.line());
    }

    private static Column column(Section property, List<Rule> rules, String table, Map<String, Integer> key) {
        String name = property.optionalString("physicalName").orElseGet(() -> property.string("name"));
        property.string("name");
        List.of("id", "description", "businessName", "encryptedName", "transformLogic", "transformDescription")
                .forEach(property::optionalString);
        List.of("tags", "transformSourceObjects").forEach(property::strings);
        ignore(property, "examples", "authoritativeDefinitions", "customProperties", "properties", "items");
        property.bool("criticalDataElement", false);
        property.bool("partitioned", false);
        property.optionalLong("partitionKeyPosition");
        Optional<LogicalType> type = property.optionalEnum("logicalType", LogicalType.class);
        if (property.bool("primaryKey", false)) {
            long position = property.optionalLong("primaryKeyPosition")
                    .filter(at -> at > 0)
                    .orElse(key.size() + 1L);
            key.put(name, Math.toIntExact(position));
        } else {
            property.optionalLong("primaryKeyPosition");
        }
        rules.addAll(ColumnRules.read(name, type, property));
        rules.addAll(QualityRules.read(table, Optional.of(name), property));
        return new Column(
                name,
                type,
                property.optionalString("physicalType"),
                property.bool("required", false),
                property.optionalString("classification"),
                property.line());
    }

    private static Optional<Rule> primaryKey(Section object, List<String> columns) {
        if (columns.isEmpty()) {
            return Optional.empty();
        }
        String words = "primary key (" + String.join(", ", columns) + ") is unique";
        return Optional.of(new Rule.Aggregate(
                new Rule.About(words, Severity.ERROR, Optional.empty(), object.line()),
                new Measure.Duplicates(columns, false),
                Bound.zero()));
    }

    /// A primary key is never null.
    private static List<Rule> keyPresent(Section object, List<String> columns) {
        return columns.stream()
                .<Rule>map(column -> new Rule.EachRow(
                        new Rule.About(
                                "primary key " + column + " is not null",
                                Severity.ERROR,
                                Optional.of(column),
                                object.line()),
                        new Condition.IsNull(column)))
                .toList();
    }

    /// Gives rules of one name a number each, so that results over time can be told apart.
    static List<Rule> named(List<Rule> rules) {
        Map<String, Integer> seen = new HashMap<>();
        return rules.stream()
                .map(rule -> {
                    int count = seen.merge(rule.about().name(), 1, Integer::sum);
                    return count == 1 ? rule : renamed(rule, rule.about().name() + " (" + count + ")");
                })
                .toList();
    }

    private static Rule renamed(Rule rule, String name) {
        Rule.About old = rule.about();
        Rule.About about = new Rule.About(name, old.severity(), old.column(), old.line());
        return switch (rule) {
            case Rule.EachRow row -> new Rule.EachRow(about, row.broken());
            case Rule.Aggregate aggregate -> new Rule.Aggregate(about, aggregate.measure(), aggregate.bound());
            case Rule.Query query -> new Rule.Query(about, query.sql(), query.bound(), query.reference());
            case Rule.Structure structure -> new Rule.Structure(about, structure.shape());
            case Rule.Fresh fresh -> new Rule.Fresh(about, fresh.newest(), fresh.ageMax());
            case Rule.Steady steady -> new Rule.Steady(about, steady.measure(), steady.near());
            case Rule.Unchecked unchecked -> new Rule.Unchecked(about, unchecked.why());
        };
    }

    static TarnException invalid(Path file, int line, String message) {
        return new TarnException(ErrorCode.CONFIG_INVALID, file + ":" + line + ": " + message);
    }
}
