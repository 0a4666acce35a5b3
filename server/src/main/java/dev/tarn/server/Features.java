package dev.tarn.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.feature.FeatureStage;
import dev.tarn.feature.LakeRelations;
import dev.tarn.feature.Relations;
import dev.tarn.feature.definition.FeatureDefinitions;
import dev.tarn.feature.definition.FeatureFiles;
import dev.tarn.feature.definition.FeatureView;
import dev.tarn.feature.online.Materializer;
import dev.tarn.feature.online.Verifier;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A project's features over its lake, and what can be done with them in words of JSON: for `/api/features`, and for
/// the command line when no server runs.
public final class Features implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration ROUND = Duration.ofSeconds(2);

    private final FeatureDefinitions definitions;
    private final Starting<FeatureStage> stage;

    private Features(FeatureDefinitions definitions, Starting<FeatureStage> stage) {
        this.definitions = definitions;
        this.stage = stage;
    }

    /// Reads the definitions; the store opens when the engine has started.
    ///
    /// @param keepUpToDate whether to follow the tables from then on
    /// @throws dev.tarn.core.error.TarnException `CONFIG_INVALID` with file and line
    public static Features open(Lakehouse lakehouse, boolean keepUpToDate) {
        Project project = lakehouse.project();
        FeatureDefinitions definitions = FeatureFiles.read(project.features(), project.interpolation());
        return new Features(definitions, new Starting<>("the online store", () -> {
            FeatureStage stage = FeatureStage.open(
                    definitions,
                    relations(lakehouse, "main"),
                    project.state().resolve("online"),
                    project.name(),
                    project.limits().threads(),
                    Clock.systemUTC());
            if (keepUpToDate && !definitions.views().isEmpty()) {
                stage.keepUpToDate(ROUND);
            }
            return stage;
        }));
    }

    /// The tables of a branch, as features see them.
    public static Relations relations(Lakehouse lakehouse, String branch) {
        return new LakeRelations(
                lakehouse.lake(), lakehouse.duckDb(), lakehouse.engine(), Identity.local("features"), branch);
    }

    /// What the files say.
    public FeatureDefinitions definitions() {
        return definitions;
    }

    /// The opened features, waiting while they open.
    public FeatureStage stage() {
        return stage.get();
    }

    /// What the continuous check has compared so far; nothing while the store opens.
    FeatureStage.Verified verified() {
        return stage.isReady() ? stage.get().verified() : FeatureStage.Verified.NOTHING;
    }

    Readiness.State state() {
        return stage.state();
    }

    /// All views with their features, on-demand features and services.
    public ObjectNode list() {
        ObjectNode json = JSON.createObjectNode();
        ArrayNode views = json.putArray("views");
        definitions.views().values().forEach(view -> {
            ObjectNode one = views.addObject();
            one.put("name", view.name());
            one.put("source", view.source().from());
            one.put("owner", view.owner());
            one.put("description", view.description());
            ArrayNode keys = one.putArray("keys");
            view.keys().forEach(key -> keys.add(key.name()));
            ArrayNode features = one.putArray("features");
            view.features().forEach(feature -> features.add(feature.name()));
        });
        ArrayNode onDemand = json.putArray("onDemand");
        definitions.onDemand().keySet().forEach(onDemand::add);
        ObjectNode services = json.putObject("services");
        definitions.services().values().forEach(service -> {
            ArrayNode features = services.putArray(service.name());
            service.features().forEach(features::add);
        });
        return json;
    }

    /// Brings views up to date; all of them when none is named.
    ///
    /// @param refill whether to read everything again
    public ArrayNode materialize(List<String> names, boolean refill) {
        ArrayNode json = JSON.createArrayNode();
        for (FeatureView view : views(names)) {
            Materializer materializer = stage().materializer();
            Materializer.Report report = refill ? materializer.refill(view) : materializer.upToDate(view);
            json.addObject()
                    .put("view", report.view())
                    .put("way", report.way().name())
                    .put("rows", report.rows())
                    .put("ms", report.durationMs());
        }
        return json;
    }

    /// Computes served values again from the tables.
    ///
    /// @param entities how many of each view, chosen by `salt`
    public ArrayNode verify(List<String> names, int entities, long salt, Optional<Instant> at) {
        ArrayNode json = JSON.createArrayNode();
        for (FeatureView view : views(names)) {
            Verifier.Report report = stage().verifier()
                    .verify(view, at.orElseGet(() -> Instant.now().minusSeconds(1)), entities, salt);
            ObjectNode one = json.addObject();
            one.put("view", report.view());
            one.put("at", report.at().toString());
            one.put("entities", report.entities());
            one.put("values", report.values());
            ArrayNode differences = one.putArray("differences");
            report.differences().forEach(difference -> {
                ObjectNode found = differences.addObject();
                found.put("entity", difference.entity().toString());
                found.put("feature", difference.feature());
                found.put("online", difference.online());
                found.put("offline", difference.offline());
            });
        }
        return json;
    }

    @Override
    public void close() {
        stage.settled().ifPresent(FeatureStage::close);
    }

    private List<FeatureView> views(List<String> names) {
        return names.isEmpty()
                ? List.copyOf(definitions.views().values())
                : names.stream().map(definitions::view).toList();
    }
}
