package dev.tarn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tarn.core.error.Blame;
import dev.tarn.core.project.Project;
import dev.tarn.server.Server;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An environment from its first run to its publish and undo, as a person and as a program sees it.
class EnvironmentCommandsTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void project() throws IOException {
        write("tarn.yml", "name: shop\nserver:\n  port: 0\n");
        write("dbt_project.yml", "name: shop\nmodels:\n  shop:\n    +materialized: table\n");
        write("sources/orders.yml", "tables:\n  orders:\n    path: files/orders_*.csv\n");
        write("models/sources.yml", "sources:\n  - name: bronze\n    tables:\n      - name: orders\n");
        write("files/orders_1.csv", "id,customer,amount\n1,ann,10\n2,bob,20\n3,ann,30\n");
        write("models/orders.sql", """
                {{ config(schema='silver', unique_key='id') }}
                SELECT id, customer, CAST(amount AS decimal(10, 2)) AS amount FROM {{ source('bronze', 'orders') }}
                """);
        write("models/totals.sql", """
                {{ config(schema='gold') }}
                SELECT customer, sum(amount) AS total FROM {{ ref('orders') }} GROUP BY customer
                """);
        write("models/apart.sql", "{{ config(schema='gold', materialized='view') }} SELECT 1 AS n\n");
        write("contracts/totals.odcs.yaml", """
                apiVersion: v3.1.0
                kind: DataContract
                id: totals
                version: 1.0.0
                status: active
                schema:
                  - name: totals
                    physicalName: gold.totals
                    properties:
                      - name: customer
                        primaryKey: true
                """);
        done("run");
    }

    private void change() throws IOException {
        write("models/orders.sql", """
                {{ config(schema='silver', unique_key='id') }}
                SELECT id, customer, CAST(amount * 2 AS decimal(10, 2)) AS amount, true AS fresh
                FROM {{ source('bronze', 'orders') }} WHERE id <> 2
                UNION ALL SELECT 4, 'eve', DECIMAL '1.00', true
                """);
    }

    @Test
    void anEnvironmentIsBuiltComparedPublishedAndUndone() throws Exception {
        change();
        write("files/orders_2.csv", "id,customer,amount\n9,zoe,90\n");
        assertThat(done("run", "--env", "pr-12"))
                .contains("ok    model     silver.orders")
                .contains("same  model     gold.apart")
                .doesNotContain("source")
                .contains("built in pr-12");
        assertThat(ask("SELECT count(*) FROM silver.orders")).isEqualTo("3");
        assertThat(ask("SELECT count(*) FROM silver.orders WHERE fresh", "--env", "pr-12"))
                .isEqualTo("3");
        assertThat(ask("SELECT sum(total) FROM gold.totals", "--env", "pr-12")).isEqualTo("81.00");
        assertThat(done("env", "list"))
                .contains("pr-12")
                .contains("  gold.totals")
                .contains("  silver.orders");

        String text = done("diff", "pr-12");
        assertThat(text)
                .contains("~ silver.orders  3 rows")
                .contains("column fresh: none → boolean")
                .contains("1 added, 1 removed, 2 changed by id")
                .contains("amount in 2 rows")
                .contains("changed [1]  amount: 10.00 → 20.00")
                .contains("~ gold.totals")
                .contains("contracts: 2 rules kept, 0 broken");
        JsonNode json = new ObjectMapper().readTree(done("diff", "pr-12", "--format", "json"));
        assertThat(json.at("/tables/0/compared/key/0").asText()).isEqualTo("customer");
        assertThat(json.at("/tables/1/statistics/0/column").asText()).isEqualTo("id");

        assertThat(done("lineage", "gold.totals.total"))
                .contains("gold.totals.total\n  made of\n    silver.orders.amount  aggregation\n"
                        + "      bronze.orders.amount  transformation\n        files/orders_*.csv.amount  identity")
                .contains("  decided by\n    silver.orders.customer  group by");
        assertThat(done("lineage", "bronze.orders.id", "--down", "--env", "pr-12"))
                .contains("goes into\n    silver.orders.id")
                .contains("silver.orders.amount  filter");
        assertThat(done("ls", "--vars", "{start: 7}", "--defer", "--select", "gold.totals"))
                .contains("totals");
        assertThat(command("ls", "--vars", "{start: [7]}")).isEqualTo(Blame.USER.exitStatus());
        assertThat(err.toString()).contains("--vars: 'start' is no single value");
        assertThat(command("lineage", "gold.totals.totl")).isEqualTo(Blame.USER.exitStatus());
        assertThat(err.toString()).contains("did you mean 'gold.totals.total'?");

        String published = done("publish", "pr-12");
        assertThat(published).contains("published  gold.totals").contains("published  silver.orders");
        assertThat(ask("SELECT sum(total) FROM gold.totals")).isEqualTo("81.00");
        Matcher run = Pattern.compile("tarn undo (\\S+)").matcher(published);
        assertThat(run.find()).isTrue();
        assertThat(done("undo", run.group(1))).contains("taken back  gold.totals");
        assertThat(ask("SELECT sum(total) FROM gold.totals")).isEqualTo("60.00");

        assertThat(command("publish", "pr-12")).isEqualTo(Blame.USER.exitStatus());
        assertThat(err.toString()).contains("NOT_FOUND: there is no environment 'pr-12'");
        assertThat(command("query", "SELECT 1 FROM silver.orders", "--env", "none"))
                .isEqualTo(Blame.USER.exitStatus());
        assertThat(err.toString()).contains("there is no branch 'none'");
    }

    @Test
    void aPlanSaysWhatARunThenDoes() throws Exception {
        assertThat(done("plan"))
                .contains("same     source    bronze.orders")
                .contains("same     model     silver.orders")
                .contains("same     model     gold.apart")
                .contains("0 to run");
        write("files/orders_9.csv", "id,customer,amount\n");
        assertThat(done("plan"))
                .contains("again    source    bronze.orders")
                .contains("1 file waits")
                .contains("again    model     silver.orders");
        Files.delete(folder.resolve("files/orders_9.csv"));
        write("models/orders.sql", """
                {{ config(schema='silver', unique_key='id') }}
                SELECT id, CAST(amount AS double) AS amount, 1 AS one FROM {{ source('bronze', 'orders') }}
                """);
        write("models/totals.sql", """
                {{ config(schema='gold') }}
                SELECT customer, sum(total) AS total FROM {{ ref('more') }} GROUP BY customer
                """);
        write("models/more.sql", """
                {{ config(schema='gold') }}
                SELECT 'x' AS customer, sum(amount) AS total FROM {{ ref('orders') }}
                """);
        Files.delete(folder.resolve("models/apart.sql"));
        String plan = done("plan");
        assertThat(plan)
                .contains("changed  model     silver.orders")
                .contains("      - SELECT id, customer, CAST(amount AS decimal(10, 2)) AS amount")
                .contains("      + SELECT id, CAST(amount AS double) AS amount, 1 AS one")
                .contains("    column amount: decimal(10,2) → double")
                .contains("    column customer: varchar → none")
                .contains("    column one: none → integer")
                .contains("    breaking; touches contract.gold.totals, gold.more, gold.totals")
                .contains("new      model     gold.more")
                .contains("changed  model     gold.totals")
                .contains("columns cannot be told yet")
                .contains("again    test      contract.gold.totals")
                .contains("removed  gold.apart")
                .contains("4 to run, 0 if sources have something new, 1 the same");
        assertThat(done("run"))
                .contains("ok    model     silver.orders")
                .contains("ok    model     gold.more")
                .contains("ok    model     gold.totals")
                .contains("ok    test      contract.gold.totals");
        assertThat(done("plan")).contains("0 to run");
    }

    @Test
    void contractsAreKeptByARunAndRowsComeBackFromQuarantine() throws Exception {
        write("contracts/orders.odcs.yaml", """
                apiVersion: v3.1.0
                kind: DataContract
                id: orders
                version: 1.0.0
                status: active
                schema:
                  - name: orders
                    physicalName: silver.orders
                    properties:
                      - name: id
                        required: true
                      - name: amount
                        logicalType: number
                        logicalTypeOptions: {maximum: 25}
                """);
        assertThat(done("run")).contains("3 rows  table; 1 row in quarantine");
        assertThat(ask("SELECT sum(total) FROM gold.totals")).isEqualTo("30.00");
        assertThat(done("quarantine", "list")).contains("silver.orders  1 rows  amount is at most 25  (2");
        try (Server server = Server.start(Project.load(folder, Map.of()));
                HttpClient client = HttpClient.newHttpClient()) {
            server.awaitReady(Duration.ofMinutes(2));
            HttpRequest request = HttpRequest.newBuilder(URI.create(server.url() + "/contracts/silver/orders"))
                    .build();
            assertThat(client.send(request, HttpResponse.BodyHandlers.ofString())
                            .body())
                    .contains("<h1>silver.orders</h1>")
                    .contains("<td>amount is at most 25")
                    .contains("<td>30.00")
                    .contains("<td>•••")
                    .doesNotContain("ann");
        }
        assertThat(done("contract", "check", "silver.orders")).contains("2 rules kept, 0 broken");
        assertThat(done("contract", "lint")).contains("2 tables in contracts, 0 findings");
        assertThat(done("contract", "import", "silver.orders"))
                .contains("physicalName: silver.orders")
                .contains("required: true");
        assertThat(done("quarantine", "release", "silver.orders", "--set", "amount = 25"))
                .contains("1 row released");
        assertThat(ask("SELECT sum(amount) FROM silver.orders")).isEqualTo("55.00");
        assertThat(command("query", "INSERT INTO gold.totals VALUES ('ann', 1)"))
                .isNotZero();
        assertThat(err.toString()).contains("gold.totals breaks its contract: primary key (customer) is unique");
    }

    @Test
    void theSameOverHttp() throws Exception {
        change();
        done("run", "--env", "pr-7");
        try (Server server = Server.start(Project.load(folder, Map.of()))) {
            server.awaitReady(Duration.ofMinutes(2));
            assertThat(http(server, "GET", "/api/environments")
                            .at("/0/changed/1")
                            .asText())
                    .isEqualTo("silver.orders");
            JsonNode diff = http(server, "GET", "/api/environments/pr-7/diff");
            assertThat(diff.at("/tables/1/compared/changed").asInt()).isEqualTo(2);
            assertThat(ask("SELECT count(*) FROM silver.orders WHERE fresh", "--env", "pr-7"))
                    .isEqualTo("3");
            JsonNode moved = http(server, "POST", "/api/environments/pr-7/publish");
            assertThat(moved.at("/changed").size()).isEqualTo(2);
            assertThat(http(server, "POST", "/api/runs/" + moved.at("/run").asText() + "/undo")
                            .at("/changed")
                            .size())
                    .isEqualTo(2);
            assertThat(http(server, "POST", "/api/environments/pr-7/publish")
                            .at("/error/code")
                            .asText())
                    .isEqualTo("NOT_FOUND");
        }
    }

    private static JsonNode http(Server server, String method, String path) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(server.url() + path))
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .build();
            return new ObjectMapper()
                    .readTree(client.send(request, HttpResponse.BodyHandlers.ofString())
                            .body());
        }
    }

    private String ask(String sql, String... options) {
        List<String> arguments = new ArrayList<>(List.of("query", sql, "--format", "csv"));
        arguments.addAll(List.of(options));
        return done(arguments.toArray(String[]::new))
                .lines()
                .skip(1)
                .findFirst()
                .orElse("");
    }

    private String done(String... arguments) {
        assertThat(command(arguments)).as(() -> out + "\n" + err).isZero();
        return out.toString();
    }

    private int command(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--project", folder.toString()));
        return Tarn.commandLine(new PrintWriter(out), new PrintWriter(err)).execute(all.toArray(String[]::new));
    }

    private void write(String file, String text) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
