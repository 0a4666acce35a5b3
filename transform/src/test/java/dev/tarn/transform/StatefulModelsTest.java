package dev.tarn.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.TarnException;
import dev.tarn.transform.context.Invocation.EventTimes;
import java.io.IOException;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Models whose next run goes on from what the last one left: microbatches, materialized views, snapshots, tables
/// whose columns change.
class StatefulModelsTest extends OnALake {
    private static final LocalDateTime NOON = LocalDateTime.parse("2024-01-05T12:00:00");

    @BeforeEach
    void project() throws IOException {
        project.write("dbt_project.yml", "name: shop\nmodels: {+materialized: table}\n");
    }

    private void orders(String... values) throws IOException {
        project.write(
                "models/orders.sql",
                "{{ config(event_time='at') }}\nselect * from (values " + String.join(", ", values)
                        + ") as t(id, at, amount)\n");
    }

    private static String order(int id, String day, int amount) {
        return "(" + id + ", timestamp '" + day + " 10:00:00', " + amount + ")";
    }

    private void daily(String config) throws IOException {
        project.write(
                "models/daily.sql",
                "{{ config(materialized='incremental', incremental_strategy='microbatch', " + config
                        + ") }}\nselect cast(at as date) as day, count(*) as n, sum(amount) as amount,"
                        + " '{{ model.batch.id if model.batch else 'none' }}' as batch from {{ ref('orders') }} group by 1\n");
    }

    private List<String> rows(String sql) {
        return project.rows(sql).stream()
                .map(row -> String.join(" ", row.stream().map(String::valueOf).toList()))
                .toList();
    }

    @Test
    void microbatchesReplaceTheirOwnTime() throws IOException {
        daily("event_time='day', begin='2024-01-02', batch_size='day', lookback=1");
        orders(
                order(1, "2024-01-01", 1),
                order(2, "2024-01-02", 2),
                order(3, "2024-01-03", 3),
                order(4, "2024-01-05", 5));
        assertThat(project.run(project.invocation(NOON, false)).get("daily").message())
                .isEqualTo("microbatch, 4 batches");
        String all = "select day, n, amount, batch from main.daily order by day";
        assertThat(rows(all))
                .containsExactly("2024-01-02 1 2 20240102", "2024-01-03 1 3 20240103", "2024-01-05 1 5 20240105");

        // Of what has changed since, the last batch and the one before it are built again.
        orders(order(2, "2024-01-02", 20), order(3, "2024-01-04", 30), order(4, "2024-01-05", 50));
        assertThat(project.run(project.invocation(NOON, false)).get("daily").message())
                .isEqualTo("microbatch, 2 batches");
        assertThat(rows(all))
                .containsExactly(
                        "2024-01-02 1 2 20240102",
                        "2024-01-03 1 3 20240103",
                        "2024-01-04 1 30 20240104",
                        "2024-01-05 1 50 20240105");

        EventTimes span = new EventTimes(
                Optional.of(LocalDateTime.parse("2024-01-02T00:00:00")),
                Optional.of(LocalDateTime.parse("2024-01-04T00:00:00")));
        project.run(project.invocation(NOON, false).withEventTimes(span));
        assertThat(rows(all))
                .containsExactly("2024-01-02 1 20 20240102", "2024-01-04 1 30 20240104", "2024-01-05 1 50 20240105");

        project.run(project.invocation(NOON, true));
        assertThat(rows("select count(*), sum(amount) from main.daily")).containsExactly("3 100");
    }

    @Test
    void microbatchesSayWhatIsMissing() throws IOException {
        orders(order(1, "2024-01-01", 1));
        daily("event_time='day', begin='2024-01-02'");
        assertFails("models/daily.sql: the microbatch model daily: batch_size is missing");
        daily("event_time='day', begin='soon', batch_size='day'");
        assertFails("begin is a day or a time in UTC");
        daily("begin='2024-01-02', batch_size='day'");
        assertFails("event_time is missing");
        daily("event_time='day', begin='2024-01-02', batch_size='week'");
        assertFails("batch_size is hour, day, month or year, not 'week'");
    }

    private void assertFails(String message) {
        assertThatThrownBy(() -> project.run(project.invocation(NOON, false)))
                .isInstanceOf(TarnException.class)
                .hasMessageContaining(message);
    }

    @Test
    void materializedViewsAreComputedAgain() throws IOException {
        project.write(
                "models/total.sql",
                "{{ config(materialized='materialized_view') }}\nselect sum(amount) as amount from {{ ref('orders') }}\n");
        orders(order(1, "2024-01-01", 1));
        project.run();
        assertThat(rows("select amount from main.total")).containsExactly("1");
        orders(order(1, "2024-01-01", 1), order(2, "2024-01-01", 2));
        project.run();
        assertThat(rows("select amount from main.total")).containsExactly("3");
        assertThat(rows("select freshness from system.metadata.materialized_views where name = 'total'"))
                .containsExactly("FRESH");
        project.write("models/total.sql", "{{ config(materialized='table') }} select 7 as amount");
        project.run();
        assertThat(rows("select amount from main.total")).containsExactly("7");
    }

    private void customers(String config, String sql) throws IOException {
        project.write("snapshots/history.yml", """
                snapshots:
                  - name: history
                    relation: ref('customers')
                    description: Who was called what.
                    config:
                      unique_key: id
                """ + config.indent(6));
        project.write("models/customers.sql", sql + "\n");
    }

    private void snapshot(String now) {
        project.run(project.invocation(LocalDateTime.parse(now), false));
    }

    @Test
    void aSnapshotInYamlKeepsDeletedRowsAsRecords() throws IOException {
        String config = "strategy: check\ncheck_cols: [name]\nhard_deletes: new_record\n";
        customers(config, "select * from (values (1, 'ann'), (2, 'bob')) t(id, name)");
        snapshot("2024-01-01T00:00:00");
        customers(config, "select * from (values (1, 'anna')) t(id, name)");
        snapshot("2024-01-02T00:00:00");
        snapshot("2024-01-03T00:00:00");
        customers(config, "select * from (values (1, 'anna'), (2, 'bob')) t(id, name)");
        snapshot("2024-01-04T00:00:00");
        assertThat(rows("select id, name, day(dbt_valid_from), day(dbt_valid_to), dbt_is_deleted from main.history"
                        + " order by id, dbt_valid_from"))
                .containsExactly(
                        "1 ann 1 2 False",
                        "1 anna 2 null False",
                        "2 bob 1 2 False",
                        "2 bob 2 4 True",
                        "2 bob 4 null False");
        assertThat(rows("select count(distinct dbt_scd_id) from main.history")).containsExactly("5");
    }

    @Test
    void aSnapshotGainsColumnsAndNamesItsOwn() throws IOException {
        String config = """
                strategy: timestamp
                updated_at: at
                hard_deletes: invalidate
                dbt_valid_to_current: "timestamp '9999-12-31'"
                snapshot_meta_column_names: {dbt_valid_to: ends}
                """;
        customers(config, "select * from (values (1, date '2024-01-01'), (2, date '2024-01-01')) t(id, at)");
        snapshot("2024-01-05T00:00:00");
        customers(config, "select 1 as id, date '2024-01-02' as at, 'new' as name");
        snapshot("2024-01-06T00:00:00");
        assertThat(rows("select id, name, year(ends), day(ends) from main.history order by id, ends"))
                .containsExactly("1 null 2024 2", "1 new 9999 31", "2 null 2024 6");
        customers(config, "select 1 as id, date '2024-01-03' as at");
        snapshot("2024-01-07T00:00:00");
        assertThat(rows("select count(*), count(name) from main.history")).containsExactly("4 1");
    }

    @Test
    void columnsFollowTheModelAsItSays() throws IOException {
        String model =
                "{{ config(materialized='incremental', on_schema_change='%s', persist_docs={'columns': true}) }}\n%s\n";
        project.write("models/grown.yml", "models: [{name: grown, columns: [{name: a, description: The key.}]}]\n");
        project.write("models/grown.sql", model.formatted("ignore", "select 1 as a, 2 as b"));
        project.run();
        for (List<String> step : List.of(
                List.of("ignore", "select 2 as a, 3 as b, 'x' as c", "a,b"),
                List.of("append_new_columns", "select 3 as a, 'y' as c", "a,b,c"),
                List.of("sync_all_columns", "select 4 as a, cast('10' as varchar) as c, true as d", "a,c,d"),
                List.of("sync_all_columns", "select 'five' as a, 'z' as c, false as d", "c,d,a"))) {
            project.write("models/grown.sql", model.formatted(step.get(0), step.get(1)));
            project.run();
            assertThat(rows("select column_name from information_schema.columns where table_name = 'grown'"
                            + " and table_schema = 'main' order by ordinal_position"))
                    .describedAs(step.get(0))
                    .containsExactlyElementsOf(Arrays.asList(step.get(2).split(",")));
        }
        assertThat(rows("select a from main.grown order by a")).containsExactly("1", "2", "3", "4", "five");
        assertThat(rows("select comment from information_schema.columns where table_name = 'grown'"
                        + " and column_name = 'a'"))
                .containsExactly("The key.");
        project.write("models/grown.sql", model.formatted("fail", "select 'six' as a"));
        assertFails("the columns have changed (new: ; gone: c, d; of another type: )");
    }
}
