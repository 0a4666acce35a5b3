package dev.tarn.server;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.config.YamlFile;
import dev.tarn.core.digest.Sha256;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.OfflineFeatures;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.feature.FeatureStage;
import dev.tarn.feature.LakeRelations;
import dev.tarn.feature.definition.FeatureFiles;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.References.Reference;
import dev.tarn.lake.state.Database;
import dev.tarn.model.artifact.ArtifactStore;
import dev.tarn.model.packaging.RegistryModels;
import dev.tarn.model.registry.ModelRegistry;
import dev.tarn.model.tracking.ExperimentStore;
import dev.tarn.model.tracking.LoggedModelStore;
import dev.tarn.model.tracking.RunStore;
import dev.tarn.model.training.Training;
import dev.tarn.model.training.TrainingFile;
import dev.tarn.model.training.TrainingLease;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.iceberg.catalog.TableIdentifier;

/// A project's tracking, registry and trainings over its lake.
public record Models(
        ExperimentStore experiments,
        RunStore runs,
        LoggedModelStore logged,
        ModelRegistry registry,
        ArtifactStore artifacts,
        RegistryModels served) {
    private static final List<String> CODE_FOLDERS =
            List.of("training", "features", "models", "macros", "services", "sources", "contracts");
    private static final int SHA_SHOWN = 16;
    /// How long a training waits for another of the same file.
    private static final Duration OTHER_TRAINING_WAIT = Duration.ofMinutes(10);

    public static Models open(Lakehouse lakehouse) {
        Database database = lakehouse.lake().database();
        ModelRegistry registry = new ModelRegistry(database);
        ArtifactStore artifacts = new ArtifactStore(lakehouse.project().state().resolve("artifacts"));
        return new Models(
                new ExperimentStore(database),
                new RunStore(database),
                new LoggedModelStore(database),
                registry,
                artifacts,
                lakehouse.served());
    }

    /// Trains on a branch's tables, and pins the snapshots that it reads.
    public Training training(Lake lake, String branch) {
        return new Training(
                experiments,
                runs,
                registry,
                artifacts,
                (runId, snapshots) -> snapshots.forEach((name, id) -> {
                    String[] parts = name.split("\\.", 2);
                    TableIdentifier table = TableIdentifier.of(parts[0], parts[1]);
                    String uuid = lake.branch(branch).loadTable(table).uuid().toString();
                    lake.references().pin(new Reference("model-run/" + runId, uuid, id, Optional.empty()));
                }),
                new TrainingLease(lake.database(), OTHER_TRAINING_WAIT));
    }

    /// Training data from a branch's tables.
    public static OfflineFeatures offline(Lakehouse lakehouse, String branch) {
        Project project = lakehouse.project();
        LakeRelations relations = new LakeRelations(
                lakehouse.lake(), lakehouse.duckDb(), lakehouse.engine(), Identity.local("training"), branch);
        return FeatureStage.offline(
                FeatureFiles.read(project.features(), project.interpolation()),
                relations,
                project.limits().threads());
    }

    /// Where the project's training files are, and the programs that they start.
    public static Path trainingFolder(Project project) {
        return project.folder().resolve("training");
    }

    /// The project's `training/*.yml`.
    public static List<TrainingFile> trainings(Project project) {
        Interpolation values = project.interpolation();
        return YamlFile.in(trainingFolder(project)).stream()
                .map(file -> TrainingFile.read(file, values))
                .toList();
    }

    /// A hash of the project's own files: what the code is, whether or not it is in git.
    public static String code(Project project) {
        try {
            MessageDigest digest = Sha256.digest();
            for (String name : CODE_FOLDERS) {
                Path folder = project.folder().resolve(name);
                if (!Files.isDirectory(folder)) {
                    continue;
                }
                try (Stream<Path> files = Files.walk(folder)) {
                    for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                        digest.update(
                                project.folder().relativize(file).toString().getBytes(StandardCharsets.UTF_8));
                        digest.update((byte) 0);
                        digest.update(Files.readAllBytes(file));
                    }
                }
            }
            return "files-" + HexFormat.of().formatHex(digest.digest()).substring(0, SHA_SHOWN);
        } catch (IOException e) {
            throw new TarnException(
                    ErrorCode.STORAGE_FAILED, "the project's files cannot be read: " + e.getMessage(), e);
        }
    }

    /// A training by its name.
    public static TrainingFile training(Project project, String name) {
        List<TrainingFile> all = trainings(project);
        return all.stream()
                .filter(training -> training.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new TarnException(
                        ErrorCode.NOT_FOUND,
                        "there is no training '" + name + "'; the project has "
                                + (all.isEmpty()
                                        ? "none (training/*.yml)"
                                        : String.join(
                                                ", ",
                                                all.stream()
                                                        .map(TrainingFile::name)
                                                        .toList()))));
    }

    /// What a training is asked for.
    ///
    /// @param reason why now, in words
    public static Training.Request request(
            Lakehouse lakehouse, TrainingFile training, String branch, String user, String reason) {
        Project project = lakehouse.project();
        return new Training.Request(
                training,
                offline(lakehouse, branch),
                project.interpolation(),
                user,
                code(project),
                reason,
                project.limits().threads());
    }

    /// The environment that `${env.…}` refers to.
    public static Map<String, String> environment() {
        return System.getenv();
    }
}
