package dev.tarn.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.transform.artifact.Artifacts;
import dev.tarn.transform.context.Invocation;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Target;
import dev.tarn.transform.select.PreviousState;
import dev.tarn.transform.select.Selection;
import dev.tarn.transform.select.Selection.Indirect;
import dev.tarn.transform.select.SelectorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SelectionTest {
    @TempDir
    Path folder;

    @BeforeEach
    void project() throws IOException {
        write("dbt_project.yml", "name: shop\nmodels: {shop: {gold: {+tags: nightly, +materialized: table}}}\n");
        write("seeds/s.csv", "a\n1\n");
        write("models/sources.yml", "sources: [{name: raw, tables: [{name: orders}, {name: people}]}]\n");
        write("models/silver/a.sql", "select * from {{ source('raw', 'orders') }}");
        write("models/silver/b.sql", "{{ config(tags='x') }} select * from {{ ref('s') }}");
        write("models/gold/c.sql", "select * from {{ ref('a') }}, {{ ref('b') }}");
        write("models/gold/d.sql", "{{ config(tags=['x'], meta={'owner': 'ada'}) }} select * from {{ ref('c') }}");
        write("models/schema.yml", """
                models:
                  - {name: a, columns: [{name: i, data_tests: [unique]}]}
                  - {name: c, columns: [{name: i, data_tests: [{relationships: {to: ref('a'), field: i}}]}]}
                exposures: [{name: board, type: dashboard, owner: {name: Ada}, depends_on: [ref('d')]}]
                """);
        write("tests/odd.sql", "select * from {{ ref('d') }} where 1 = 0");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a                        | a
            gold.c                   | c
            shop.gold.*              | c d
            gold                     | c d
            path:models/gold         | c d
            models/gold/c.sql        | c
            tag:x                    | b d
            tag:x,tag:nightly        | d
            a d                      | a d
            +c                       | s orders a b c
            1+d                      | c d
            c+                       | c d board odd relationships_c_i_i_ref_a_
            a+1                      | a c unique_a_i relationships_c_i_i_ref_a_
            @b                       | s orders a b c d board odd relationships_c_i_i_ref_a_
            config.materialized:table| c d
            config.meta.owner:ada    | d
            source:raw               | orders people
            source:raw.orders+1      | orders a
            resource_type:seed       | s
            exposure:board           | board
            +exposure:board,gold     | c d
            package:shop,tag:x       | b d
            access:protected,tag:x   | b d
            file:d.sql               | d
            """)
    void words(String words, String chosen) {
        assertThat(names(new Selection(load(), PreviousState.none())
                        .choose(List.of(words.strip().split(" ", -1)), List.of(), Indirect.EMPTY)))
                .containsExactlyInAnyOrder(chosen.strip().split(" ", -1));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a   | EAGER     | a unique_a_i relationships_c_i_i_ref_a_
            a   | CAUTIOUS  | a unique_a_i
            c   | BUILDABLE | c relationships_c_i_i_ref_a_
            a   | BUILDABLE | a unique_a_i
            d   | EAGER     | d odd
            d   | EMPTY     | d
            """)
    void testsComeWithWhatTheyTest(String word, Indirect indirect, String chosen) {
        assertThat(names(new Selection(load(), PreviousState.none()).choose(List.of(word), List.of(), indirect)))
                .hasSize(chosen.strip().split(" ", -1).length)
                .contains(chosen.strip().split(" ", -1)[0]);
    }

    @Test
    void whatIsExcludedIsLeftOut() {
        Selection selection = new Selection(load(), PreviousState.none());
        assertThat(names(selection.choose(List.of("gold"), List.of("tag:x"), Indirect.EMPTY)))
                .containsExactly("c");
        assertThat(names(selection.choose(List.of(), List.of("resource_type:test", "+gold"), Indirect.EAGER)))
                .containsExactlyInAnyOrder("people", "board");
        assertThat(names(selection.choose(List.of("test_type:singular"), List.of(), Indirect.EAGER)))
                .containsExactly("odd");
        assertThat(names(selection.choose(List.of("test_name:unique"), List.of(), Indirect.EAGER)))
                .containsExactly("unique_a_i");
    }

    @Test
    void selectorsAreInAFile() throws IOException {
        write("selectors.yml", """
                selectors:
                  - name: nightly
                    definition:
                      union:
                        - {method: tag, value: nightly, parents: true, parents_depth: 1}
                        - intersection: [{method: path, value: models/silver}, "tag:x"]
                        - exclude: [{method: fqn, value: d}]
                  - {name: again, definition: {method: selector, value: nightly}}
                """);
        Selection selection = new Selection(load(), PreviousState.none());
        assertThat(names(selection.choose(SelectorsFile.read(folder).named("again"), Indirect.EMPTY)))
                .containsExactlyInAnyOrder("a", "b", "c");
        assertThatThrownBy(() -> SelectorsFile.read(folder).named("nigtly"))
                .hasMessageContaining("did you mean 'nightly'?");
    }

    @Test
    void whatHasChangedIsToldByEarlierArtifacts() throws IOException {
        new Artifacts(folder.resolve("earlier"), load(), Invocation.now()).manifest(Map.of());
        Selection same = new Selection(load(), PreviousState.in(folder.resolve("earlier")));
        assertThat(names(same.choose(List.of("state:modified"), List.of(), Indirect.EMPTY)))
                .isEmpty();

        write("models/silver/a.sql", "select 1 as i");
        write("models/gold/e.sql", "select 1 as i");
        write("models/gold/d.sql", "{{ config(tags=['y']) }} select * from {{ ref('c') }}");
        write("seeds/s.csv", "a\n2\n");
        Selection changed = new Selection(load(), PreviousState.in(folder.resolve("earlier")));
        assertThat(names(changed.choose(List.of("state:new"), List.of(), Indirect.EMPTY)))
                .containsExactly("e");
        assertThat(names(changed.choose(List.of("state:modified"), List.of(), Indirect.EMPTY)))
                .containsExactlyInAnyOrder("a", "d", "e", "s");
        assertThat(names(changed.choose(List.of("state:modified.body,tag:y"), List.of(), Indirect.EMPTY)))
                .containsExactly("d");
    }

    @Test
    void aWordThatCannotBeReadIsRefused() {
        Selection selection = new Selection(load(), PreviousState.none());
        assertThatThrownBy(() -> selection.choose(List.of("tga:x"), List.of(), Indirect.EAGER))
                .hasMessageContaining("the selection method 'tga:' is not known; did you mean 'tag:'?");
        assertThatThrownBy(() -> selection.choose(List.of("state:new"), List.of(), Indirect.EAGER))
                .hasMessageContaining("--state");
        assertThatThrownBy(() -> selection.choose(List.of("@a+"), List.of(), Indirect.EAGER))
                .hasMessageContaining("both @ and +");
    }

    private Manifest load() {
        return ProjectLoader.load(folder, new Target("default", "tarn", "main", 2), Map.of());
    }

    private static List<String> names(Iterable<String> ids) {
        List<String> names = new java.util.ArrayList<>();
        for (String id : ids) {
            String[] parts = id.split("\\.", -1);
            names.add(id.startsWith("test.") ? parts[2] : parts[parts.length - 1]);
        }
        return names;
    }

    private void write(String file, String text) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
