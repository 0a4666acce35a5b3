package dev.tarn.server.pipeline;

import dev.tarn.core.digest.Sha256;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.model.registry.ModelRegistry;
import dev.tarn.model.training.Training;
import dev.tarn.model.training.TrainingFile;
import dev.tarn.orchestrate.Asset;
import dev.tarn.orchestrate.Step;
import dev.tarn.orchestrate.StepContext;
import dev.tarn.orchestrate.StepKind;
import dev.tarn.orchestrate.StepResult;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Handle;

/// A training file as a step: it learns from the branch's tables, and its alias moves when the run is published.
record TrainingStep(TrainingFile training, Lakehouse lakehouse) implements Step {
    /// What undoing a run calls the moving of an alias.
    static final String ALIAS = "model-alias";

    private static final Pattern TABLE =
            Pattern.compile("\\b(?:from|join)\\s+\"?(\\w+)\"?\\.\"?(\\w+)\"?", Pattern.CASE_INSENSITIVE);

    private String aliasBefore(OptionalLong version) {
        return training.model() + "\n" + training.alias() + "\n" + (version.isPresent() ? version.getAsLong() : "");
    }

    /// Puts an alias back to where it pointed before a run moved it.
    static void undo(Handle handle, String payload) {
        String[] parts = payload.split("\n", -1);
        OptionalLong version = parts[2].isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(parts[2]));
        ModelRegistry.restoreAlias(handle, parts[0], parts[1], version);
    }

    @Override
    public String name() {
        return "train." + training.name();
    }

    @Override
    public StepKind kind() {
        return StepKind.TRAINING;
    }

    /// The tables that the query names.
    @Override
    public Set<Asset> inputs() {
        Set<Asset> inputs = new LinkedHashSet<>();
        Matcher matcher = TABLE.matcher(training.data().query());
        while (matcher.find()) {
            inputs.add(Asset.table(matcher.group(1) + "." + matcher.group(2)));
        }
        return inputs;
    }

    @Override
    public Set<Asset> outputs() {
        return Set.of(new Asset(Asset.Kind.MODEL, training.model()));
    }

    @Override
    public Optional<String> fingerprint(StepContext context) throws IOException {
        String text = Files.readString(training.file());
        StringBuilder all = new StringBuilder(text);
        new TreeMap<>(lakehouse.project().vars()).forEach((name, value) -> {
            if (text.contains("var." + name)) {
                all.append('\0').append(name).append('=').append(value);
            }
        });
        for (Path program : training.programs()) {
            all.append('\0').append(Sha256.hex(Files.readAllBytes(program)));
        }
        return Optional.of(all.toString());
    }

    @Override
    public StepResult run(StepContext context) {
        Models models = Models.open(lakehouse);
        Training.Result result = models.training(lakehouse.lake(), context.branch())
                .train(Models.request(
                        lakehouse,
                        training,
                        context.branch(),
                        context.identity().user(),
                        "the run " + context.runId() + " found its data or its file changed"));
        Training.Tried best = result.best();
        String said = String.format(
                Locale.ROOT,
                "%s: AUC %.4f, average precision %.4f, run %s",
                best.candidate(),
                best.metrics().get("auc"),
                best.metrics().get("average_precision"),
                best.runId());
        if (!result.gate().passed()) {
            StringBuilder why = new StringBuilder();
            result.gate().checks().stream()
                    .filter(check -> !check.passed())
                    .forEach(check ->
                            why.append("; ").append(check.what()).append(": ").append(check.said()));
            if (models.registry()
                    .search("name = '" + training.model() + "'", java.util.List.of(), 1, null)
                    .items()
                    .isEmpty()) {
                throw new TarnException(
                        ErrorCode.STEP_FAILED, "no model passed the gate, and there is none yet: " + said + why);
            }
            return StepResult.of("the current model stays: " + said + why);
        }
        context.atPublish().accept(handle -> {
            OptionalLong before = ModelRegistry.alias(handle, training.model(), training.alias());
            context.undoable(handle, ALIAS, aliasBefore(before));
            result.promote().accept(handle);
        });
        return StepResult.of(said + "; " + training.model() + "@" + training.alias());
    }
}
