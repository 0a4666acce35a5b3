package dev.tarn.model.packaging;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.model.ServedModel;
import dev.tarn.core.model.ServedModels;
import dev.tarn.model.artifact.ArtifactPath;
import dev.tarn.model.artifact.ArtifactStore;
import dev.tarn.model.artifact.ArtifactUri;
import dev.tarn.model.registry.ModelRegistry;
import dev.tarn.model.registry.ModelVersion;
import dev.tarn.model.registry.RegisteredModel;
import dev.tarn.model.search.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Loads registered versions from the artifacts, and keeps the latest used in memory.
public final class RegistryModels implements ServedModels {
    private static final int KEPT = 32;
    private static final int NAMES_A_PAGE = 1_000;

    private final ModelRegistry registry;
    private final ArtifactStore artifacts;
    private final Map<String, LoadedModel> loaded = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, LoadedModel> eldest) {
            return size() > KEPT;
        }
    });

    public RegistryModels(ModelRegistry registry, ArtifactStore artifacts) {
        this.registry = registry;
        this.artifacts = artifacts;
    }

    @Override
    public List<String> names() {
        List<String> names = new ArrayList<>();
        String token = null;
        do {
            Page<RegisteredModel> page = registry.search("", List.of(), NAMES_A_PAGE, token);
            page.items().forEach(model -> names.add(model.name()));
            token = page.nextToken();
        } while (token != null);
        return names;
    }

    @Override
    public long version(String model, String alias) {
        return registry.byAlias(model, alias).map(ModelVersion::version).orElseThrow(() -> {
            Map<String, Long> known = registry.get(model).aliases();
            return new TarnException(
                    ErrorCode.NOT_FOUND,
                    "model '" + model + "' has no alias '" + alias + "'; it has "
                            + (known.isEmpty() ? "none: train it, or set one" : String.join(", ", known.keySet())));
        });
    }

    @Override
    public long changes() {
        return registry.changes();
    }

    @Override
    public ServedModel load(String model, long version) {
        ModelVersion found = registry.versions().get(model, version);
        LoadedModel before = loaded.get(found.name() + "/" + found.no());
        if (before != null) {
            return before;
        }
        LoadedModel now = read(found);
        loaded.put(found.name() + "/" + found.no(), now);
        return now;
    }

    @Override
    public Optional<String> profile(String model, long version) {
        List<String> folder = ArtifactUri.path(
                        registry.versions().get(model, version).source())
                .names();
        if (folder.isEmpty()) {
            return Optional.empty();
        }
        String ofRun = String.join("/", folder.subList(0, folder.size() - 1)) + "/profile.json";
        try {
            Path file = artifacts.file(ArtifactPath.parse(ofRun));
            return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private LoadedModel read(ModelVersion version) {
        try {
            ArtifactPath folder = ArtifactUri.path(version.source());
            ModelPackage description = ModelPackage.fromJson(Files.readString(
                    artifacts.file(folder.resolve(ArtifactPath.parse(ModelPackage.DESCRIPTION_FILE)))));
            Path file = artifacts.file(folder.resolve(ArtifactPath.parse(description.file())));
            return new LoadedModel(
                    version.name(), version.version(), version.runId(), description, Files.readAllBytes(file));
        } catch (IOException e) {
            throw new TarnException(ErrorCode.MODEL_INVALID, "the model's files cannot be read: " + e.getMessage(), e)
                    .in("model", version.name() + " version " + version.version());
        } catch (TarnException e) {
            throw e.in("model", version.name() + " version " + version.version());
        }
    }
}
