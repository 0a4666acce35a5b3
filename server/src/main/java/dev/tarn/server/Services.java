package dev.tarn.server;

import dev.tarn.core.config.YamlFile;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.FeatureInfo;
import dev.tarn.core.feature.FeatureSelection;
import dev.tarn.core.feature.FeatureValue;
import dev.tarn.core.feature.OnlineFeatures;
import dev.tarn.core.http.Face;
import dev.tarn.core.http.Route;
import dev.tarn.core.project.Project;
import dev.tarn.serve.datamart.Datamart;
import dev.tarn.serve.datamart.DatamartFace;
import dev.tarn.serve.predict.PredictFace;
import dev.tarn.serve.predict.PredictionService;
import dev.tarn.serve.predict.ServiceFile;
import dev.tarn.serve.quality.Quality;
import dev.tarn.serve.receipt.ReceiptFace;
import dev.tarn.serve.receipt.Receipts;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A project's `services/*.yml`, opened: the faces over them, and the receipts behind them.
public final class Services implements AutoCloseable {
    private static final Duration RECEIPTS_TO_TABLE = Duration.ofSeconds(30);

    private final Receipts receipts;
    private final Quality quality;
    private final Map<String, Face> faces = new TreeMap<>();

    private Services(Receipts receipts, Quality quality) {
        this.receipts = receipts;
        this.quality = quality;
    }

    /// Reads the files.
    ///
    /// @throws TarnException `CONFIG_INVALID` with file and line, or when two services answer at one path
    public static Services open(Lakehouse lakehouse, Models models, Features features) {
        Optional<OnlineFeatures> online =
                features.definitions().views().isEmpty() ? Optional.empty() : Optional.of(new Opening(features));
        Project project = lakehouse.project();
        List<ServiceFile> files = YamlFile.in(project.folder().resolve("services")).stream()
                .map(file -> ServiceFile.read(file, project.interpolation()))
                .toList();
        List<PredictionService> predicting = files.stream()
                .filter(file -> file.predict().isPresent())
                .map(file -> new PredictionService(file, models.served(), online))
                .toList();
        List<Datamart> datamarts =
                files.stream().flatMap(file -> file.datamarts().stream()).toList();
        Set<String> paths = new HashSet<>();
        predicting.forEach(service -> unique(paths, service.file().path()));
        datamarts.forEach(datamart -> unique(paths, datamart.path()));
        Map<String, List<String>> slices = new TreeMap<>();
        Map<String, ServiceFile.Predict> asked = new TreeMap<>();
        predicting.forEach(service -> {
            slices.put(service.name(), service.file().slices());
            asked.put(service.name(), service.file());
        });
        Quality quality = new Quality(
                lakehouse.lake(),
                lakehouse::duckDb,
                lakehouse::engine,
                models.served(),
                service -> slices.getOrDefault(service, List.of()));
        Receipts receipts = new Receipts(
                lakehouse.lake(),
                lakehouse::backgroundDuckDb,
                lakehouse::engine,
                lakehouse.receipts(),
                RECEIPTS_TO_TABLE,
                quality::judge);
        Services services = new Services(receipts, quality);
        services.faces.put("receipts", new ReceiptFace(receipts, models.served(), new PastFeatures(lakehouse, asked)));
        if (!predicting.isEmpty()) {
            services.faces.put("predict", new PredictFace(predicting, receipts::keep));
        }
        if (!datamarts.isEmpty()) {
            services.faces.put("datamarts", new DatamartFace(lakehouse::engine, datamarts));
        }
        return services;
    }

    /// The addresses that a person with a browser can open: lists of rows, descriptions, what is known of models.
    List<String> pages() {
        return faces.values().stream()
                .flatMap(face -> face.routes().stream())
                .filter(route ->
                        route.method().equals("GET") && !route.pattern().contains("{"))
                .map(Route::pattern)
                .sorted()
                .toList();
    }

    private static void unique(Set<String> paths, String path) {
        if (!paths.add(path)) {
            throw new TarnException(ErrorCode.CONFIG_INVALID, "two services answer at " + path + ": change one's path");
        }
    }

    /// The online features, which may still be opening when a service is made.
    private record Opening(Features features) implements OnlineFeatures {
        @Override
        public List<FeatureInfo> describe(FeatureSelection selection) {
            return features.stage().online().describe(selection);
        }

        @Override
        public Map<String, String> inputs(FeatureSelection selection) {
            return features.stage().online().inputs(selection);
        }

        @Override
        public List<List<FeatureValue>> read(
                FeatureSelection selection, List<? extends Map<String, ? extends @Nullable Object>> rows, Instant at) {
            return features.stage().online().read(selection, rows, at);
        }
    }

    /// How good predictions are, as far as is known.
    Quality quality() {
        return quality;
    }

    /// The faces by name.
    Map<String, Face> faces() {
        return faces;
    }

    @Override
    public void close() {
        receipts.close();
    }
}
