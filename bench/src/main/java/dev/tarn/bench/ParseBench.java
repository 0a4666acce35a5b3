package dev.tarn.bench;

import dev.tarn.orchestrate.Asset;
import dev.tarn.orchestrate.Planner;
import dev.tarn.orchestrate.Step;
import dev.tarn.orchestrate.StepContext;
import dev.tarn.orchestrate.StepKind;
import dev.tarn.orchestrate.StepResult;
import dev.tarn.transform.ProjectLoader;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// A large dbt project from its files to a plan.
final class ParseBench implements Bench {
    private static final int MODELS = 1_000;
    private static final double COLD_MS = 1_000;
    private static final double CHANGED_MS = 100;
    private static final Target TARGET = new Target("default", "tarn", "main", 2);

    @Override
    public String name() {
        return "parse";
    }

    @Override
    public String title() {
        return "Parsing and planning a dbt project";
    }

    @Override
    public String method() {
        return "1,000 models in ten folders, each reading one to three others through `ref`, with a macro and two tests on"
                + " a described column; files in the page cache. Cold is the first load of the process, Jinja and YAML"
                + " readers not yet compiled by the JIT. The second figure is a load by a process that has loaded the"
                + " project before, after ten of its files have changed; every file is read again, and the templates of unchanged ones are taken over.";
    }

    @Override
    public void measure(Run run) throws Exception {
        int models = Math.toIntExact(run.option("models", MODELS));
        Path folder = run.folder();
        generate(folder, models);
        double cold = Run.millis(() -> plan(folder));
        Figure first = run.add(Figure.median("parse and plan " + models + " models, cold", "ms", List.of(cold)));
        for (int i = 0; i < 5; i++) {
            plan(folder);
        }
        List<Double> samples = new ArrayList<>();
        for (int i = 0; i < run.samples(); i++) {
            change(folder, models, i);
            samples.add(Run.millis(() -> plan(folder)));
        }
        Figure changed = run.add(Figure.median("the same when ten files have changed", "ms", samples));
        run.add(Bar.atMost("parse and plan 1,000 models cold", COLD_MS, first));
        run.add(Bar.atMost("parse and plan after ten changed", CHANGED_MS, changed));
    }

    private static int plan(Path folder) {
        Manifest manifest = ProjectLoader.load(folder, TARGET, Map.of());
        List<Step> steps = new ArrayList<>();
        manifest.nodes().values().forEach(node -> steps.add(new Planned(manifest, node)));
        return Planner.plan(steps).steps().size();
    }

    /// A node as a step that is only planned.
    private record Planned(Manifest manifest, Node node) implements Step {
        @Override
        public String name() {
            return node.uniqueId();
        }

        @Override
        public StepKind kind() {
            return StepKind.MODEL;
        }

        @Override
        public Set<Asset> inputs() {
            return node.dependsOn().stream()
                    .map(id -> Asset.table(manifest.node(id).relation().tableName()))
                    .collect(Collectors.toSet());
        }

        @Override
        public Set<Asset> outputs() {
            return node.test() == null ? Set.of(Asset.table(node.relation().tableName())) : Set.of();
        }

        @Override
        public StepResult run(StepContext context) {
            throw new UnsupportedOperationException();
        }
    }

    private static void generate(Path folder, int models) throws IOException {
        Files.createDirectories(folder.resolve("macros"));
        Files.writeString(
                folder.resolve("dbt_project.yml"),
                "name: large\nmodels: {large: {+materialized: table, +tags: [all]}}\n");
        Files.writeString(folder.resolve("macros/money.sql"), """
                {% macro money(column, digits=2) -%}
                  round(cast({{ column }} as decimal(18, {{ digits + 2 }})), {{ digits }})
                {%- endmacro %}
                """);
        for (int i = 0; i < models; i++) {
            Path file = file(folder, i);
            Files.createDirectories(file.getParent());
            Files.writeString(file, model(i, 0));
        }
        for (int area = 0; area < 10; area++) {
            StringBuilder yaml = new StringBuilder("models:\n");
            for (int i = area; i < models; i += 10) {
                yaml.append("  - name: m")
                        .append(i)
                        .append("\n    description: Model ")
                        .append(i);
                yaml.append("\n    columns: [{name: id, description: The key., data_tests: [unique, not_null]}]\n");
            }
            Files.writeString(folder.resolve("models/area" + area + "/schema.yml"), yaml.toString());
        }
    }

    private static Path file(Path folder, int model) {
        return folder.resolve("models/area" + model % 10 + "/m" + model + ".sql");
    }

    private static String model(int i, int version) {
        StringBuilder sql = new StringBuilder("{{ config(meta={'number': " + i + "}) }}\n-- version " + version + "\n");
        sql.append("{% set columns = ['amount', 'fee', 'tax'] %}\nselect id,\n");
        sql.append(
                "{% for column in columns %}  {{ money(column) }} as {{ column }}{{ ',' if not loop.last }}\n{% endfor %}\n");
        if (i == 0) {
            return sql.append("from (values (1, 2, 3, 4)) t(id, amount, fee, tax)\n")
                    .toString();
        }
        sql.append("from {{ ref('m").append(i - 1).append("') }}\n");
        for (int back = 7; back <= 13 && i >= back; back += 6) {
            sql.append("left join {{ ref('m").append(i - back).append("') }} using (id)\n");
        }
        return sql.toString();
    }

    private static void change(Path folder, int models, int round) throws IOException {
        for (int i = 0; i < 10; i++) {
            int model = (round * 37 + i * 101) % models;
            Files.writeString(file(folder, model), model(model, round + 1));
        }
    }
}
