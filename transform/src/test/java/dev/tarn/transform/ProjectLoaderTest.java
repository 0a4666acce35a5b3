package dev.tarn.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.TarnException;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.ResourceType;
import dev.tarn.transform.project.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProjectLoaderTest {
    private static final Target TARGET = new Target("default", "tarn", "main", 4);

    @TempDir
    Path folder;

    @BeforeEach
    void project() throws IOException {
        write("dbt_project.yml", """
                name: shop
                vars:
                  start: 2020
                models:
                  shop:
                    +tags: [all]
                    gold:
                      +schema: gold
                      +materialized: table
                      marts:
                        +tags: mart
                """);
        write("models/sources.yml", """
                sources:
                  - name: raw
                    schema: bronze
                    tables:
                      - name: orders
                        columns:
                          - name: id
                            tests: [not_null]
                """);
        write("models/orders.sql", "SELECT * FROM {{ source('raw', 'orders') }} WHERE year > {{ var('start') }}\n");
        write("models/gold/marts/totals.sql", """
                {{ config(materialized='incremental', unique_key='day', tags=['x']) }}
                SELECT * FROM {{ ref('orders') }}
                {% if is_incremental() %} WHERE day > (SELECT max(day) FROM {{ this }}) {% endif %}
                """);
    }

    @Test
    void configurationComesFromTheFolderThePropertiesAndTheFile() throws IOException {
        write("models/gold/schema.yml", """
                models:
                  - name: totals
                    config:
                      tags: [y]
                      meta: {owner: ada}
                    columns:
                      - name: day
                        data_tests:
                          - unique
                          - accepted_values:
                              arguments: {values: [1, 2]}
                              config: {severity: warn}
                """);
        Manifest manifest = load();
        Node totals = manifest.node("model.shop.totals");

        assertThat(totals.config().materialized()).isEqualTo("incremental");
        assertThat(totals.config().tags()).containsExactly("all", "mart", "y", "x");
        assertThat(totals.relation().toString()).isEqualTo("\"tarn\".\"gold\".\"totals\"");
        assertThat(totals.dependsOn()).containsExactly("model.shop.orders");
        assertThat(manifest.node("model.shop.orders").relation().tableName()).isEqualTo("main.orders");
        assertThat(manifest.node("model.shop.orders").sources()).containsExactly("source.shop.raw.orders");
        assertThat(names(manifest, ResourceType.TEST))
                .containsExactlyInAnyOrder(
                        "unique_totals_day", "accepted_values_totals_day_1_2", "not_null_source_raw_orders_id");
    }

    @Test
    void aProjectsOwnNamingMacroDecides() throws IOException {
        write("macros/names.sql", """
                {% macro generate_schema_name(custom_schema_name, node) %}
                  {{ target.schema }}_{{ custom_schema_name or 'none' }}
                {% endmacro %}
                """);
        assertThat(load().node("model.shop.totals").relation().tableName()).isEqualTo("main_gold.totals");
    }

    @Test
    void aPackagesMacrosAreDispatchedAndCanBeOverridden() throws IOException {
        write("dbt_packages/utils/dbt_project.yml", "name: utils\n");
        write("dbt_packages/utils/macros/one.sql", """
                {% macro one() %}{{ return(adapter.dispatch('one', 'utils')()) }}{% endmacro %}
                {% macro default__one() %}1{% endmacro %}
                {% test positive(model, column_name) %}select * from {{ model }} where {{ column_name }} <= 0{% endtest %}
                """);
        write("models/uses.sql", "{{ config(alias='n' ~ utils.one()) }} SELECT {{ utils.one() }}");
        write("models/uses.yml", "models: [{name: uses, columns: [{name: a, tests: [utils.positive]}]}]");
        assertThat(load().node("model.shop.uses").relation().identifier()).isEqualTo("n1");
        assertThat(names(load(), ResourceType.TEST)).contains("utils_positive_uses_a");

        write("macros/one.sql", "{% macro trino__one() %}2{% endmacro %}");
        assertThat(load().node("model.shop.uses").relation().identifier()).isEqualTo("n2");
    }

    @Test
    void theCommandLinesVariableWins() throws IOException {
        write("models/v.sql", "{{ config(alias='v' ~ (var('start') + 1)) }} SELECT 1");
        assertThat(ProjectLoader.load(folder, TARGET, Map.of("start", "7"))
                        .node("model.shop.v")
                        .relation()
                        .identifier())
                .isEqualTo("v8");
    }

    @Test
    void whatDoesNotExistIsNamedWithPlaceAndNearestName() throws IOException {
        write("models/bad.sql", "SELECT *\nFROM {{ ref('order') }}");
        assertInvalid(
                "models/bad.sql:2: ref('order'): there is no model, seed or snapshot 'order'; did you mean 'orders'?");
        write("models/bad.sql", "SELECT * FROM {{ source('raw', 'oders') }}");
        assertInvalid("models/bad.sql:1: source('raw', 'oders')", "did you mean 'raw.orders'?");
        write("models/bad.sql", "SELECT {{ var('strat') }}");
        assertInvalid("models/bad.sql:1: the variable 'strat' has no value", "did you mean 'start'?");
        write("models/bad.sql", "{{ nosuch.macro() }}");
        assertInvalid("models/bad.sql:1: 'nosuch.macro' is undefined");
        write("models/bad.sql", "SELECT 1");
        write("models/bad.yml", "models: [{name: bad, columns: [{name: a, tests: [uniq]}]}]");
        assertInvalid("there is no generic test 'uniq'");
    }

    @Test
    void twoModelsOfOneNameAndTwoOfOneTableAreRefused() throws IOException {
        write("models/other/orders.sql", "SELECT 1");
        assertInvalid("models/other/orders.sql: model 'orders' is also defined in models/orders.sql");
        Files.delete(folder.resolve("models/other/orders.sql"));
        write("models/twin.sql", "{{ config(alias='orders') }} SELECT 1");
        assertInvalid("models/twin.sql: makes main.orders, which models/orders.sql makes too");
    }

    @Test
    void aCircleIsShown() throws IOException {
        write("models/a.sql", "SELECT *\nFROM {{ ref('b') }}");
        write("models/b.sql", "SELECT * FROM {{ ref('a') }}");
        assertInvalid("models refer to each other in a circle: a (models/a.sql:2) → b (models/b.sql:1) → a:");
    }

    @Test
    void aConfigurationThatIsNearlyAWordIsRefused() throws IOException {
        write("models/bad.sql", "\n{{ config(materialised='table', my_own_word=1) }} SELECT 1");
        assertInvalid(
                "models/bad.sql:2: the configuration 'materialised' of bad is not known; did you mean 'materialized'?");
        write("models/bad.sql", "{{ config(my_own_word=1) }} SELECT 1");
        assertThat(load().nodes()).containsKey("model.shop.bad");
    }

    @Test
    void aPackageThatIsAskedForMustBeThere() throws IOException {
        write(
                "packages.yml",
                "packages:\n  - package: dbt-labs/dbt_utils\n    version: 1.3.0\n  - local: vendor/shared\n");
        write("vendor/shared/dbt_project.yml", "name: shared\n");
        write("vendor/shared/macros/two.sql", "{% macro two() %}2{% endmacro %}");
        assertInvalid("packages.yml:2: the package 'dbt-labs/dbt_utils' is not in dbt_packages/");
        write("dbt_packages/dbt_utils/dbt_project.yml", "name: dbt_utils\n");
        write("models/two.sql", "SELECT {{ shared.two() }} AS n");
        assertThat(load().packages()).containsKeys("shared", "dbt_utils");
    }

    @Test
    void anAnalysisIsReadAndMakesNothing() throws IOException {
        write("analyses/sums.sql", "SELECT sum(amount) FROM {{ ref('orders') }}");
        Node analysis = load().node("analysis.shop.sums");
        assertThat(analysis.type()).isEqualTo(ResourceType.ANALYSIS);
        assertThat(analysis.dependsOn()).hasSize(1);
        write("models/uses.sql", "SELECT * FROM {{ ref('sums') }}");
        assertInvalid("there is no model, seed or snapshot 'sums'");
    }

    @Test
    void anUnknownKeyIsAnError() throws IOException {
        write("dbt_project.yml", "name: shop\nmodles: {}\n");
        assertInvalid("dbt_project.yml:2: unknown key 'modles'; did you mean 'models'?");
    }

    @Test
    void aFolderWithoutAProjectFileHasDefaults() throws IOException {
        Files.delete(folder.resolve("dbt_project.yml"));
        write("models/orders.sql", "SELECT 1");
        assertThat(names(load(), ResourceType.MODEL)).containsExactlyInAnyOrder("orders", "totals");
    }

    private Manifest load() {
        return ProjectLoader.load(folder, TARGET, Map.of());
    }

    private void assertInvalid(String... parts) {
        assertThatThrownBy(this::load).isInstanceOf(TarnException.class).satisfies(e -> {
            for (String part : parts) {
                assertThat(e.getMessage()).contains(part);
            }
        });
    }

    private static List<String> names(Manifest manifest, ResourceType type) {
        return manifest.nodes().values().stream()
                .filter(node -> node.type() == type)
                .map(Node::name)
                .toList();
    }

    private void write(String file, String text) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
