package dev.tarn.transform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.transform.run.Outcome;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Whole projects that reshape, expect and count days through packages, in the shapes in which the well-known
/// packages write macros and generic tests.
class PackageShapesTest extends OnALake {
    private Map<String, Outcome> run(String name) throws URISyntaxException {
        URI found = Objects.requireNonNull(
                        PackageShapesTest.class.getResource("/packages/" + name + "/dbt_project.yml"))
                .toURI();
        project = new DbtProject(Objects.requireNonNull(Path.of(found).getParent()), lake);
        return project.run();
    }

    @Test
    void reshapes() throws URISyntaxException {
        run("reshaping");
        assertThat(texts("SELECT to_hex(md5(to_utf8('4-nothing'))) = upper(key), id, customer, channel, amount, total"
                        + " FROM main.keyed ORDER BY id DESC LIMIT 2"))
                .containsExactly("[true, 4, null, web, 7, 8]", "[false, 3, bob, web, 5, 7]");
        assertThat(texts("SELECT customer, web_sum, shops_sum FROM main.pivoted ORDER BY 1"))
                .containsExactly("[ada, 10, 20]", "[bob, 5, 0]", "[null, 7, 0]");
        assertThat(texts("SELECT id, field, value FROM main.unpivoted WHERE id = 2 ORDER BY 2"))
                .containsExactly("[2, amount, 20]", "[2, paid, true]", "[2, tip, null]");
        assertThat(texts("SELECT regexp_extract(_source, '[a-z_]+\"$'), id, customer, channel, amount, remark"
                        + " FROM main.together ORDER BY id, amount"))
                .containsExactly(
                        "[orders\", 3, bob, web, 5.00, null]",
                        "[orders\", 4, null, web, 7.00, null]",
                        "[old_orders\", 90, cy, null, 1.00, late]",
                        "[old_orders\", 90, cy, null, 2.00, later]");
        assertThat(texts("SELECT id, amount, remark FROM main.latest")).containsExactly("[90, 2, later]");
        assertThat(texts("SELECT tables, newest FROM main.found")).containsExactly("[old_orders orders, 4]");
    }

    @Test
    void expects() throws URISyntaxException {
        Map<String, Outcome> outcomes = run("expecting");
        assertThat(outcomes).hasSize(10);
        assertThat(Objects.requireNonNull(outcomes.get("only_a")).rows())
                .as("rows that a warning names")
                .hasValue(1);
    }

    @Test
    void countsDays() throws URISyntaxException {
        run("calendar");
        assertThat(texts("SELECT * FROM main.dates ORDER BY date_day DESC LIMIT 2"))
                .containsExactly(
                        "[2024-03-01, 2023-03-01, 2024-03-02, 5, Friday, Fri, 61, 2024-03-01, 2024-03-31, 2024-03-31]",
                        "[2024-02-29, 2023-02-28, 2024-03-01, 4, Thursday, Thu, 60, 2024-02-01, 2024-02-29, 2024-03-31]");
        assertThat(texts("SELECT * FROM main.moments"))
                .containsExactly("[2024-01-02T03:00:00-08:00, 20240228,20240229,20240301,"
                        + " 01-01 New Year;12-25 Christmas;, 2024-07-01 05:00:00.000000, 2024-01-31]");
    }

    private List<String> texts(String sql) {
        List<List<@Nullable Object>> rows = project.rows(sql);
        return rows.stream().map(List::toString).toList();
    }
}
