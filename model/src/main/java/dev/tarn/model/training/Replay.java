package dev.tarn.model.training;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.digest.Sha256;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.OfflineFeatures;
import dev.tarn.core.feature.TrainingFrame;
import dev.tarn.model.artifact.ArtifactPath;
import dev.tarn.model.artifact.ArtifactStore;
import dev.tarn.model.artifact.ArtifactUri;
import dev.tarn.model.packaging.ModelPackage;
import dev.tarn.model.tracking.Run;
import dev.tarn.model.tracking.RunStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Trains a run again from the snapshots it read, and compares the model byte for byte.
public final class Replay {
    private final RunStore runs;
    private final ArtifactStore artifacts;

    public Replay(RunStore runs, ArtifactStore artifacts) {
        this.runs = runs;
        this.artifacts = artifacts;
    }

    /// @param identical whether the same bytes came out
    /// @param differences what differs, in words; what may explain it comes after
    public record Outcome(String runId, boolean identical, String sha256, List<String> differences) {}

    /// @param trainings the project's folder of training files, where the command of an external trainer is started
    /// @param features reads the data as it was
    /// @param environment what `${env.…}` stands for today
    /// @param code of the project as it is today
    /// @throws TarnException `NOT_FOUND` for an unknown run, or one that no training file made
    public Outcome replay(
            String runId, Path trainings, OfflineFeatures features, Map<String, String> environment, String code) {
        Run run = runs.get(runId);
        Specification specification = Specification.read(artifacts, run.info());
        TrainingFile training =
                trainingFile(run, specification, environment).in(trainings.resolve(specification.training() + ".yml"));
        try (TrainingFrame frame = features.join(Training.dataOf(training, specification.snapshots()))) {
            Examples examples = Examples.read(training, frame);
            List<Splits.Fold> folds = Splits.of(training.split(), examples, training.seed());
            Examples learnedFrom = training.split() instanceof TrainingFile.Split.Grouped
                    ? examples
                    : examples.pick(folds.getLast().train());
            Learner.Learned again = Judged.learn(training, specification.candidate(), learnedFrom);
            String sha = Sha256.hex(again.file());
            boolean identical =
                    sha.equals(specification.sha256()) && encoder(run).equals(again.encoder());
            return new Outcome(
                    runId,
                    identical,
                    sha,
                    identical ? List.of() : differences(run, specification, examples, sha, code));
        } catch (TarnException e) {
            throw e.in("run", runId);
        }
    }

    private dev.tarn.model.packaging.Encoder encoder(Run run) {
        return ModelPackage.fromJson(text(run, "model/" + ModelPackage.DESCRIPTION_FILE))
                .encoder();
    }

    private static List<String> differences(
            Run run, Specification specification, Examples examples, String sha, String code) {
        List<String> found = new ArrayList<>();
        found.add("the model was " + specification.sha256() + " and is " + sha);
        if (!examples.snapshots.equals(specification.snapshots())) {
            found.add("the snapshots were " + specification.snapshots() + " and are " + examples.snapshots);
        }
        String before = run.tags().getOrDefault("tarn.code", "");
        if (!before.equals(code)) {
            found.add("the code was " + before + " and is " + code);
        }
        String environment = run.tags().getOrDefault("tarn.environment", "");
        if (!environment.equals(Training.environment())) {
            found.add("the environment was " + environment + " and is " + Training.environment());
        }
        return found;
    }

    private TrainingFile trainingFile(Run run, Specification specification, Map<String, String> environment) {
        Path folder = null;
        try {
            folder = Files.createTempDirectory("tarn-replay-");
            Path file = folder.resolve(specification.training() + ".yml");
            Files.writeString(file, text(run, Training.TRAINING_FILE));
            return TrainingFile.read(file, new Interpolation(specification.vars(), environment));
        } catch (IOException e) {
            throw new TarnException(ErrorCode.STORAGE_FAILED, "cannot write the training file: " + e.getMessage(), e);
        } finally {
            if (folder != null) {
                deleteQuietly(folder.resolve(specification.training() + ".yml"));
                deleteQuietly(folder);
            }
        }
    }

    private String text(Run run, String path) {
        try {
            return Files.readString(
                    artifacts.file(ArtifactUri.path(run.info().artifactUri()).resolve(ArtifactPath.parse(path))));
        } catch (IOException e) {
            throw new TarnException(ErrorCode.STORAGE_FAILED, "cannot read the run's " + path, e)
                    .in("run", run.info().runId());
        }
    }

    private static void deleteQuietly(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // Left to the system, which empties its temporary folder.
        }
    }
}
