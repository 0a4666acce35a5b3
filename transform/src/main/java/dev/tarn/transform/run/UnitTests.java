package dev.tarn.transform.run;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.context.ColumnInfo;
import dev.tarn.transform.context.ResultTable;
import dev.tarn.transform.context.Warehouse;
import dev.tarn.transform.jinja.Python;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.NodeConfig;
import dev.tarn.transform.project.Properties;
import dev.tarn.transform.project.Relation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/// Carries out dbt's unit tests: a model's SQL over given rows must give the expected rows, in any order. What is
/// given of an input may leave out columns, which are then null.
final class UnitTests {
    private static final int ROWS_SHOWN_MAX = 20;

    private final Manifest manifest;
    private final NodeCompiler compiler;
    private final Warehouse warehouse;

    UnitTests(Manifest manifest, NodeCompiler compiler, Warehouse warehouse) {
        this.manifest = manifest;
        this.compiler = compiler;
        this.warehouse = warehouse;
    }

    /// @throws TarnException `CHECK_FAILED` with the rows that are missing or too many
    Outcome run(Node test) {
        Node model = manifest.node(test.dependsOn().iterator().next());
        Map<String, @Nullable Object> words = test.properties().all();
        Map<String, Fixture> inputs = new LinkedHashMap<>();
        for (Object given : NodeConfig.list(words.get("given"))) {
            if (given instanceof Map<?, ?> map) {
                Fixture fixture = Fixtures.of(manifest, test, Properties.strings(map));
                inputs.put(String.valueOf(map.get("input")).replaceAll("\\s", ""), fixture);
            }
        }
        GivenInputs given = new GivenInputs(test, model, inputs);
        CompiledNode compiled = compiler.compileWithInputs(test, model, given, overrides(words), warehouse);
        ResultTable actual = query(compiled);
        List<List<@Nullable Object>> wanted = expected(test, words, actual);
        return compared(test, compiled, actual, wanted);
    }

    private static Map<String, Map<String, @Nullable Object>> overrides(Map<String, @Nullable Object> words) {
        Map<String, Map<String, @Nullable Object>> overrides = new LinkedHashMap<>();
        if (words.get("overrides") instanceof Map<?, ?> map) {
            map.forEach((kind, values) -> {
                if (values instanceof Map<?, ?> named) {
                    overrides.put(String.valueOf(kind), Properties.strings(named));
                }
            });
        }
        return overrides;
    }

    private ResultTable query(CompiledNode compiled) {
        return new LocatingWarehouse(warehouse, compiled).query(compiled.sql());
    }

    /// The expected rows, in the types and the order of the columns that the model gives.
    private List<List<@Nullable Object>> expected(Node test, Map<String, @Nullable Object> words, ResultTable actual) {
        if (!(words.get("expect") instanceof Map<?, ?> map)) {
            throw invalid(test, "'expect' is missing");
        }
        Fixture fixture = Fixtures.of(manifest, test, Properties.strings(map));
        Set<String> names = fixture.names();
        List<ColumnInfo> columns = new ArrayList<>();
        for (ColumnInfo column : actual.columns()) {
            if (names.isEmpty() || names.contains(column.name().toLowerCase(Locale.ROOT))) {
                columns.add(column);
            }
        }
        for (String name : names) {
            if (columns.stream().noneMatch(column -> column.name().equalsIgnoreCase(name))) {
                throw invalid(test, "expects the column '" + name + "', which the model does not give");
            }
        }
        return warehouse
                .query("SELECT * FROM (" + fixture.sql(columns) + ") dbt_expected")
                .rows();
    }

    private Outcome compared(
            Node test, CompiledNode compiled, ResultTable actual, List<List<@Nullable Object>> wanted) {
        List<Integer> chosen = chosen(test, actual);
        List<String> names =
                chosen.stream().map(index -> actual.columns().get(index).name()).toList();
        List<String> given = new ArrayList<>();
        actual.rows()
                .forEach(row -> given.add(shown(chosen.stream().map(row::get).toList())));
        List<String> missing = new ArrayList<>();
        wanted.forEach(row -> {
            String text = shown(row);
            if (!given.remove(text)) {
                missing.add(text);
            }
        });
        if (missing.isEmpty() && given.isEmpty()) {
            return new Outcome(OptionalLong.of(0), "passed", compiled.sql());
        }
        StringBuilder text = new StringBuilder(test.name())
                .append(" does not give the expected rows (")
                .append(String.join(", ", names))
                .append(")");
        missing.stream()
                .limit(ROWS_SHOWN_MAX)
                .forEach(row -> text.append("\n  missing  ").append(row));
        given.stream()
                .limit(ROWS_SHOWN_MAX)
                .forEach(row -> text.append("\n  too many ").append(row));
        throw new TarnException(ErrorCode.CHECK_FAILED, text.toString()).in("test", test.path());
    }

    /// The columns that the test looks at.
    private List<Integer> chosen(Node test, ResultTable actual) {
        Fixture fixture = Fixtures.of(manifest, test, Properties.strings((Map<?, ?>)
                java.util.Objects.requireNonNull(test.properties().all().get("expect"))));
        Set<String> names = fixture.names();
        List<Integer> chosen = new ArrayList<>();
        for (int i = 0; i < actual.columns().size(); i++) {
            if (names.isEmpty() || names.contains(actual.columns().get(i).name().toLowerCase(Locale.ROOT))) {
                chosen.add(i);
            }
        }
        return chosen;
    }

    private static String shown(List<? extends @Nullable Object> row) {
        StringJoiner text = new StringJoiner(" | ");
        row.forEach(value -> text.add(value == null ? "null" : Python.str(value)));
        return text.toString();
    }

    static TarnException invalid(Node test, String message) {
        return new TarnException(
                ErrorCode.CONFIG_INVALID,
                test.path() + ":" + test.properties().line() + ": the unit test '" + test.name() + "' " + message);
    }

    /// What stands in for the relations that a model reads.
    final class GivenInputs {
        private final Node test;
        private final Node model;
        private final Map<String, Fixture> inputs;
        private final Map<String, String> expressions = new LinkedHashMap<>();

        GivenInputs(Node test, Node model, Map<String, Fixture> inputs) {
            this.test = test;
            this.model = model;
            this.inputs = inputs;
        }

        /// Common table expressions by name, of the inputs that have been asked for.
        Map<String, String> expressions() {
            return expressions;
        }

        Relation ref(@Nullable String packageName, String name, @Nullable String version) {
            Node node = manifest.referable(name, packageName, model.packageName(), version)
                    .orElseThrow();
            Fixture fixture = given(
                    "ref('" + name + "')",
                    "ref(\"" + name + "\")",
                    "ref('" + packageName + "','" + name + "')",
                    "ref('" + name + "',v=" + version + ")",
                    "ref('" + name + "',version=" + version + ")");
            return standIn(name + (version == null ? "" : "_v" + version), fixture, node.relation(), node);
        }

        Relation source(String source, String table, Relation relation) {
            Fixture fixture =
                    given("source('" + source + "','" + table + "')", "source(\"" + source + "\",\"" + table + "\")");
            return standIn(source + "__" + table, fixture, relation, null);
        }

        /// `this`, when it is given.
        Optional<Relation> self() {
            Fixture fixture = inputs.get("this");
            return fixture == null
                    ? Optional.empty()
                    : Optional.of(standIn(model.name() + "__this", fixture, model.relation(), null));
        }

        private Fixture given(String... spellings) {
            for (String spelling : spellings) {
                Fixture fixture = inputs.get(spelling);
                if (fixture != null) {
                    return fixture;
                }
            }
            throw invalid(
                    test,
                    "gives no rows for " + spellings[0] + ", which the model reads: add it to 'given'"
                            + " (with rows: [] for none)");
        }

        private Relation standIn(String name, Fixture fixture, Relation relation, @Nullable Node node) {
            String expression = "__dbt__cte__" + name;
            if (!expressions.containsKey(expression)) {
                List<ColumnInfo> columns = warehouse.columns(relation);
                if (columns.isEmpty() && node != null && node.template() != null) {
                    columns = warehouse.describe(compiler.compile(node, warehouse, NodeCompiler.Incremental.IF_POSSIBLE)
                            .sql());
                }
                Set<String> unknown = new LinkedHashSet<>(fixture.names());
                columns.forEach(column -> unknown.remove(column.name().toLowerCase(Locale.ROOT)));
                if (!unknown.isEmpty() && !columns.isEmpty()) {
                    throw invalid(
                            test,
                            "gives the column " + unknown.iterator().next() + " of " + name
                                    + ", which it does not have");
                }
                expressions.put(expression, fixture.sql(columns));
            }
            return new Relation(null, null, expression, "cte");
        }
    }
}
