package dev.tarn.model.training;

import dev.tarn.core.config.Interpolation;
import dev.tarn.lake.state.Database;
import dev.tarn.lake.state.DatabaseConfig;
import dev.tarn.model.artifact.ArtifactStore;
import dev.tarn.model.packaging.RegistryModels;
import dev.tarn.model.registry.ModelRegistry;
import dev.tarn.model.tracking.ExperimentStore;
import dev.tarn.model.tracking.RunStore;
import dev.tarn.model.tracking.TrackingTables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/// Training on a database and folder of its own.
final class TrainingFixture implements AutoCloseable {
    final Database database;
    final RunStore runs;
    final ModelRegistry registry;
    final ArtifactStore artifacts;
    final RegistryModels models;
    final DuckFeatures features;
    final Training training;
    final Map<String, Map<String, Long>> pinned = new ConcurrentSkipListMap<>();
    private final Path folder;

    TrainingFixture(Path folder) throws Exception {
        this.folder = folder;
        database = Database.open(new DatabaseConfig.Sqlite(folder.resolve("tarn.db")));
        TrackingTables.migrate(database);
        runs = new RunStore(database);
        registry = new ModelRegistry(database);
        artifacts = new ArtifactStore(folder.resolve("artifacts"));
        models = new RegistryModels(registry, artifacts);
        features = new DuckFeatures();
        training = new Training(
                new ExperimentStore(database),
                runs,
                registry,
                artifacts,
                pinned::put,
                new TrainingLease(database, Duration.ofSeconds(1)));
    }

    TrainingFile file(String yaml) throws IOException {
        Path file = Files.writeString(folder.resolve("fraud.yml"), yaml);
        return TrainingFile.read(file, new Interpolation(Map.of(), Map.of()));
    }

    Training.Result train(String yaml) throws IOException {
        return training.train(new Training.Request(
                file(yaml), features, new Interpolation(Map.of(), Map.of()), "tester", "abc123", "a test", 2));
    }

    /// Trains and publishes.
    Training.Result trainAndPublish(String yaml) throws IOException {
        Training.Result result = train(yaml);
        database.writing(handle -> result.promote().accept(handle));
        return result;
    }

    @Override
    public void close() throws Exception {
        features.close();
        database.close();
    }
}
