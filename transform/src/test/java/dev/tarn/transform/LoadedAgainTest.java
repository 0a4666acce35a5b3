package dev.tarn.transform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.core.error.TarnException;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A project that was loaded before is loaded again as if it were the first time.
class LoadedAgainTest {
    private static final Target TARGET = new Target("default", "tarn", "main", 2);
    private static final long SEED = 11;
    private static final int MODELS = 8;
    private static final int ROUNDS = 150;

    @TempDir
    Path folder;

    @Test
    void unchangedTemplatesAreTakenOver() throws IOException {
        write("dbt_project.yml", "name: shop\n");
        write("models/a.sql", "select 1 as id");
        write("models/b.sql", "select * from {{ ref('a') }}");
        Manifest first = load(Map.of());
        write("models/a.sql", "select 2 as id");
        Manifest second = load(Map.of());

        assertThat(second.node("model.shop.b").template())
                .isSameAs(first.node("model.shop.b").template());
        assertThat(second.node("model.shop.a").rawCode()).isEqualTo("select 2 as id");
        assertThat(second.node("model.shop.a").template())
                .isNotEqualTo(first.node("model.shop.a").template());
    }

    @Test
    void anyChangeGivesWhatALoadFromNothingGives() throws IOException {
        Random random = new Random(SEED);
        write("dbt_project.yml", "name: shop\nvars: {rate: 1}\n");
        write("macros/price.sql", macro(0));
        int failed = 0;
        for (int round = 0; round < ROUNDS; round++) {
            change(random, round);
            Map<String, String> vars = random.nextInt(4) == 0 ? Map.of("rate", "7") : Map.of();
            String again = outcome(vars);
            Templates.forget(folder.toAbsolutePath().normalize());
            assertThat(again).as("seed %d, round %d", SEED, round).isEqualTo(outcome(vars));
            failed += again.startsWith("failed") ? 1 : 0;
        }
        assertThat(failed).as("projects that are refused").isBetween(1, ROUNDS - 20);
    }

    private void change(Random random, int round) throws IOException {
        int model = random.nextInt(MODELS);
        Path file = folder.resolve("models/m" + model + ".sql");
        switch (random.nextInt(9)) {
            case 0 -> write("macros/price.sql", macro(round));
            case 1 ->
                write(
                        "dbt_project.yml",
                        "name: shop\nvars: {rate: " + round + "}\nmodels: {+tags: [t" + round + "]}\n");
            case 2 ->
                write(
                        "models/schema.yml",
                        "models:\n" + "\n".repeat(random.nextInt(3)) + "  - name: m" + model + "\n    description: D"
                                + round + "\n    columns: [{name: id, data_tests: [not_null]}]\n");
            case 3 -> Files.deleteIfExists(file);
            case 4 -> Files.deleteIfExists(folder.resolve("models/schema.yml"));
            case 5 -> write("models/m" + model + ".sql", random.nextInt(3) == 0 ? "{% if %}" : "select 1 as id");
            case 6 -> write("macros/naming.sql", """
                        {%% macro generate_alias_name(custom=none, node=none) %%}{{ node.name }}_%d{%% endmacro %%}
                        """.formatted(round));
            default ->
                write(
                        "models/m" + model + ".sql",
                        "{{ config(meta={'rate': var('rate')}, alias=price('a" + model + "')) }}\nselect 1 as id"
                                + (model == 0 ? "" : " from {{ ref('m" + random.nextInt(model) + "') }}"));
        }
    }

    private static String macro(int number) {
        return "{% macro price(name) %}{{ name }}_" + number + "{% endmacro %}";
    }

    private Manifest load(Map<String, String> vars) {
        return ProjectLoader.load(folder, TARGET, vars);
    }

    private String outcome(Map<String, String> vars) {
        try {
            Map<String, String> nodes = new TreeMap<>();
            load(vars).nodes().forEach((id, node) -> nodes.put(id, described(node)));
            return nodes.toString();
        } catch (TarnException e) {
            return "failed: " + e.describe();
        }
    }

    private static String described(Node node) {
        return String.join(
                " | ",
                node.path(),
                node.rawCode(),
                Objects.toString(node.template()),
                node.config().asMap().toString(),
                node.relation().toString(),
                node.dependsOn().toString(),
                node.properties().description(),
                Objects.toString(node.test()));
    }

    private void write(String file, String text) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
