package dev.tarn.orchestrate.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.sun.net.httpserver.HttpServer;
import dev.tarn.core.config.Interpolation;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.govern.audit.AuditLog;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.orchestrate.Asset;
import dev.tarn.orchestrate.Planner;
import dev.tarn.orchestrate.RunCause;
import dev.tarn.orchestrate.RunOptions;
import dev.tarn.orchestrate.RunReport;
import dev.tarn.orchestrate.Runner;
import dev.tarn.orchestrate.Step;
import dev.tarn.orchestrate.StepContext;
import dev.tarn.orchestrate.StepKind;
import dev.tarn.orchestrate.StepResult;
import dev.tarn.orchestrate.schedule.RunSettings;
import dev.tarn.query.lineage.ColumnLineage;
import dev.tarn.query.lineage.ColumnLineage.Input;
import dev.tarn.query.lineage.ColumnLineage.Output;
import dev.tarn.query.lineage.ColumnLineage.Use;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.iceberg.Schema;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Events of real runs, held against the standard's schema and sent to a real server.
class LineageTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Identity ADA = new Identity("ada", "test", false);

    @TempDir
    Path folder;

    private final List<String> posted = Collections.synchronizedList(new ArrayList<>());
    private HttpServer web;
    private Lake lake;
    private AuditLog audit;

    @BeforeEach
    void open() throws IOException {
        web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        web.createContext("/api/v1/lineage", exchange -> {
            posted.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(201, -1);
            exchange.close();
        });
        web.start();
        lake = Lake.open(LakeConfig.inFolder(folder.resolve("lake")));
        audit = AuditLog.open(lake.database());
        lake.main().createNamespace(Namespace.of("s"));
    }

    @AfterEach
    void close() {
        audit.close();
        lake.close();
        web.stop(0);
    }

    /// Makes a table of two columns, or fails.
    private record Making(String name, Set<Asset> inputs, boolean fails, Lake lake) implements Step {
        @Override
        public StepKind kind() {
            return StepKind.MODEL;
        }

        @Override
        public Set<Asset> outputs() {
            return Set.of(Asset.table(name));
        }

        @Override
        public Optional<String> definition(StepContext context) {
            return Optional.of("SELECT id, name FROM s.a");
        }

        @Override
        public Optional<ColumnLineage> lineage(StepContext context) {
            return inputs.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new ColumnLineage(
                            List.of(new Output("id", "bigint", List.of(new Input("s.a", "id", Use.IDENTITY)))),
                            List.of(new Input("s.a", "name", Use.FILTER))));
        }

        @Override
        public StepResult run(StepContext context) {
            if (fails) {
                throw new TarnException(ErrorCode.QUERY_FAILED, "no such column");
            }
            lake.branch(context.branch())
                    .createTable(
                            TableIdentifier.parse(name),
                            new Schema(
                                    Types.NestedField.required(1, "id", Types.LongType.get()),
                                    Types.NestedField.optional(2, "name", Types.StringType.get())));
            return StepResult.of("made");
        }
    }

    @Test
    void aRunTellsWhatItReadsAndMakes() throws Exception {
        Path file = folder.resolve("out/events.jsonl");
        Files.writeString(
                folder.resolve("runs.yml"), """
                lineage:
                  namespace: shop
                  file: out/events.jsonl
                  url: http://127.0.0.1:%d
                """.formatted(web.getAddress().getPort()));
        LineageSettings settings =
                RunSettings.read(folder, new Interpolation(Map.of(), Map.of())).lineage();
        RunCause cause = new RunCause(
                Optional.of("k"),
                Optional.of("nightly"),
                "its time",
                Optional.empty(),
                Optional.of(Instant.parse("2026-03-01T03:00:00Z")));
        RunReport good = run(settings, cause, making("s.a", false), making("s.b", false, "s.a"));
        run(settings, cause, making("s.c", true));

        List<String> lines = Files.readAllLines(file);
        assertThat(posted).containsExactlyElementsOf(lines);
        JsonSchema schema = schema();
        List<JsonNode> events = new ArrayList<>();
        for (String line : lines) {
            assertThat(schema.validate(JSON.readTree(line))).as(line).isEmpty();
            events.add(JSON.readTree(line));
        }
        assertThat(events)
                .extracting(event -> event.path("eventType").asText() + " "
                        + event.at("/job/name").asText())
                .containsExactly(
                        "START nightly",
                        "START s.a",
                        "COMPLETE s.a",
                        "START s.b",
                        "COMPLETE s.b",
                        "RUNNING nightly",
                        "COMPLETE nightly",
                        "START nightly",
                        "START s.c",
                        "FAIL s.c",
                        "FAIL nightly");
        JsonNode b = events.get(4);
        assertThat(b.at("/run/facets/parent/run/runId").asText())
                .isEqualTo(LineageEvents.id(good.id()).toString());
        assertThat(b.at("/run/facets/nominalTime/nominalStartTime").asText()).isEqualTo("2026-03-01T03:00:00Z");
        assertThat(b.at("/job/facets/sql/query").asText()).startsWith("SELECT id");
        assertThat(b.at("/inputs/0/name").asText()).isEqualTo("s.a");
        assertThat(b.at("/inputs/0/facets/schema/fields/1/name").asText()).isEqualTo("name");
        assertThat(b.at("/outputs/0/facets/dataSource/uri").asText()).startsWith("file:///");
        JsonNode columns = b.at("/outputs/0/facets/columnLineage");
        assertThat(columns.at("/fields/id/inputFields/0/field").asText()).isEqualTo("id");
        assertThat(columns.at("/fields/id/inputFields/0/transformations/0/type").asText())
                .isEqualTo("DIRECT");
        assertThat(columns.at("/dataset/0/transformations/0/subtype").asText()).isEqualTo("FILTER");
        assertThat(events.get(9).at("/run/facets/errorMessage/message").asText())
                .isEqualTo("no such column");
    }

    @Test
    void aReceiverThatIsAwayDisturbsNoRun() throws Exception {
        web.stop(0);
        LineageSettings settings = new LineageSettings(
                "",
                Optional.empty(),
                Optional.of(java.net.URI.create(
                        "http://127.0.0.1:" + web.getAddress().getPort() + "/")),
                "");
        assertThat(run(settings, RunCause.BY_HAND, making("s.a", false)).succeeded())
                .isTrue();
    }

    @Test
    void whatOthersTellIsKeptOnceAndCheckedFirst() throws Exception {
        LineageStore store = LineageStore.open(lake.database());
        String event = """
                {"eventType": "%s", "eventTime": "%s", "producer": "https://airflow.example.org",
                 "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
                 "run": {"runId": "3b452093-782c-4ef2-9c0c-aafe2aa6f34d"},
                 "job": {"namespace": "airflow", "name": "load"},
                 "inputs": [{"namespace": "postgres://db", "name": "public.orders"}],
                 "outputs": [{"namespace": "shop", "name": "s.a"}]}""";
        store.accept(event.formatted("COMPLETE", "2026-03-01T12:00:00.5+01:00"));
        store.accept(event.formatted("START", "2026-03-01T10:00:00Z"));
        assertThat(store.jobs()).singleElement().satisfies(job -> {
            assertThat(job.state()).isEqualTo("COMPLETE");
            assertThat(job.at()).isEqualTo("2026-03-01T11:00:00.500Z");
        });
        assertThat(store.edges())
                .containsExactly(
                        new LineageStore.Edge("airflow", "load", false, "shop", "s.a"),
                        new LineageStore.Edge("airflow", "load", true, "postgres://db", "public.orders"));
        assertThatThrownBy(() -> store.accept("{")).hasMessageContaining("no JSON");
        assertThatThrownBy(() -> store.accept("{\"eventTime\": \"yesterday\"}")).hasMessageContaining("yesterday");
        assertThatThrownBy(() -> store.accept(event.replace("3b452093-782c-4ef2-9c0c-aafe2aa6f34d", "7")
                        .formatted("START", "2026-03-01T10:00:00Z")))
                .hasMessageContaining("UUID");
    }

    private Making making(String name, boolean fails, String... inputs) {
        Set<Asset> assets = Stream.of(inputs).map(Asset::table).collect(java.util.stream.Collectors.toSet());
        return new Making(name, assets, fails, lake);
    }

    private RunReport run(LineageSettings settings, RunCause cause, Step... steps) {
        try (LineageListener listener = new LineageListener(settings, "shop", lake, ADA, cause)) {
            return new Runner(lake, audit)
                    .run(
                            Planner.plan(List.of(steps)),
                            ADA,
                            RunOptions.defaults().because(cause),
                            listener);
        }
    }

    /// What an event must be, written after the standard's text.
    private static JsonSchema schema() {
        return JsonSchemaFactory.getInstance(VersionFlag.V202012)
                .getSchema(Objects.requireNonNull(LineageTest.class.getResourceAsStream("run-event.schema.json")));
    }
}
