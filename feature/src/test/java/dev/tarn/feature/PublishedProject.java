package dev.tarn.feature;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.feature.FeatureSelection;
import dev.tarn.core.feature.FeatureValue;
import dev.tarn.core.identity.Identity;
import dev.tarn.feature.definition.FeatureFiles;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.query.QueryConfig;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// A lake with two tables and a view over each, whose publishes are numbered: publish N leaves N rows in a table that
/// is appended to, the number N in one that is made anew, and N in a row of the database, all together.
public final class PublishedProject implements AutoCloseable {
    /// Long enough for a slow machine.
    static final Duration WAIT = Duration.ofMinutes(2);

    private static final Identity TESTER = Identity.local("test");

    private final Lake lake;
    private final DuckDb duckDb;
    private final QueryEngine engine;
    private final FeatureStage stage;

    private PublishedProject(Lake lake, DuckDb duckDb, QueryEngine engine, FeatureStage stage) {
        this.lake = lake;
        this.duckDb = duckDb;
        this.engine = engine;
        this.stage = stage;
    }

    static PublishedProject open(Path folder) throws IOException {
        Lake lake = Lake.open(LakeConfig.inFolder(folder.resolve("lake")));
        lake.database().migrate("test", "CREATE TABLE promoted (id INTEGER PRIMARY KEY, number BIGINT NOT NULL);\n");
        DuckDb duckDb = DuckDb.open(DuckDbConfig.of(256L << 20, 2, folder.resolve("spill"), folder));
        QueryEngine engine = QueryEngine.start(lake, duckDb, QueryConfig.defaults());
        LakeRelations relations = new LakeRelations(lake, duckDb, engine, TESTER, "main");
        if (!relations.exists("silver.added")) {
            relations.execute("CREATE SCHEMA silver");
            relations.execute("CREATE TABLE silver.added (client bigint, at timestamp(6))");
            relations.execute("CREATE TABLE silver.rebuilt (client bigint, at timestamp(6), number bigint)");
        }
        Files.createDirectories(folder.resolve("features"));
        Files.writeString(folder.resolve("features/all.yml"), """
                entities:
                  client:
                    keys: {client: bigint}
                views:
                  added:
                    entity: client
                    from: silver.added
                    event-time: at
                    features:
                      rows: {count: "*"}
                  rebuilt:
                    entity: client
                    from: silver.rebuilt
                    event-time: at
                    features:
                      number: {max: number}
                """);
        FeatureStage stage = FeatureStage.open(
                FeatureFiles.read(folder.resolve("features"), new Interpolation(Map.of(), Map.of())),
                relations,
                folder.resolve("online"),
                "test",
                2,
                Clock.systemUTC());
        return new PublishedProject(lake, duckDb, engine, stage);
    }

    FeatureStage stage() {
        return stage;
    }

    Lake lake() {
        return lake;
    }

    /// Makes everything on a branch and publishes it at once.
    void publish(long number) {
        String branch = "run-" + number;
        lake.branches().stream().map(each -> each.name()).filter(branch::equals).forEach(lake::dropBranch);
        lake.createBranch(branch, TESTER);
        LakeRelations onBranch = new LakeRelations(lake, duckDb, engine, TESTER, branch);
        String time = "TIMESTAMP '2026-01-01 00:00:00'";
        onBranch.execute("INSERT INTO silver.added VALUES (7, " + time + "), (8, " + time + ")");
        onBranch.execute("DROP TABLE silver.rebuilt");
        onBranch.execute("CREATE TABLE silver.rebuilt AS SELECT client, " + time + " AS at, BIGINT '" + number
                + "' AS number FROM UNNEST(SEQUENCE(BIGINT '1', 1000)) AS s(client)");
        lake.publish(
                branch,
                TESTER,
                "publish " + number,
                handle -> handle.execute(
                        "INSERT INTO promoted (id, number) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET number ="
                                + " excluded.number",
                        number));
    }

    /// The number of the last publish, as its transaction wrote it.
    long promoted() {
        return lake.database()
                .read(handle -> handle.createQuery("SELECT number FROM promoted")
                        .mapTo(Long.class)
                        .one());
    }

    @Override
    public void close() {
        stage.close();
        engine.close();
        duckDb.close();
        lake.close();
    }

    /// Publishes one number after another and prints each that it has read back, until it is killed.
    public static void main(String[] args) throws IOException {
        PublishedProject project = open(Path.of(args[0]));
        project.stage().keepUpToDate(Duration.ofHours(1), WAIT);
        for (long number = Long.parseLong(args[1]) + 1; ; number++) {
            project.publish(number);
            List<FeatureValue> values = project.stage()
                    .online()
                    .read(
                            new FeatureSelection.Names(List.of("added:rows", "rebuilt:number")),
                            List.of(Map.of("client", 7L)),
                            Instant.now())
                    .getFirst();
            for (FeatureValue value : values) {
                if (!String.valueOf(value.value()).equals(String.valueOf(number))) {
                    throw new IllegalStateException("after publish " + number + " it reads " + values);
                }
            }
            System.out.println(number + ".");
        }
    }
}
