package dev.tarn.serve.predict;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.config.Section;
import dev.tarn.core.config.YamlFile;
import dev.tarn.serve.datamart.Datamart;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// One `services/*.yml`: the name of the file is the name of the service. It predicts, serves datamarts, or both.
public record ServiceFile(String name, String description, Optional<Predict> predict, List<Datamart> datamarts) {
    /// @param path where it answers, such as `/predict`
    /// @param canary a second alias that answers a share of requests; empty for none
    /// @param shadow a second alias that predicts too, only for the record; empty for none
    /// @param threshold empty for the one that training chose
    /// @param request the request's fields, by name, in order
    /// @param features features that are fetched online: `view:feature` or `view`; may be empty
    /// @param slices fields of the request by whose values quality and drift are told apart
    /// @param unknownEntities what becomes of a request whose entity a view knows no event of
    public record Predict(
            String path,
            String model,
            String alias,
            Optional<Share> canary,
            Optional<Share> shadow,
            OptionalDouble threshold,
            Map<String, Field> request,
            List<String> features,
            Unknown unknownEntities,
            List<String> slices,
            Reply reply,
            Limits limits) {}

    /// @param percent of the requests, drawn by the prediction's id
    public record Share(String alias, double percent) {}

    /// What a request's value must be.
    public enum Type {
        NUMBER,
        INTEGER,
        BOOLEAN,
        TEXT
    }

    /// What becomes of what was never seen: a word that is not in the map and that the model does not know, an
    /// entity without events.
    public enum Unknown {
        /// It counts as missing (an entity as one without events), and the reply says so in a header.
        MISSING,
        /// The request is refused.
        REFUSE
    }

    /// One field of a request.
    ///
    /// @param input the model's input, or the feature's key, that it is
    /// @param words the data's words by the request's, matched without case
    public record Field(
            String input,
            Type type,
            boolean required,
            Map<String, String> words,
            Unknown unknown,
            OptionalDouble min,
            OptionalDouble max) {}

    /// The names of the reply's fields; an empty name leaves the field out.
    ///
    /// @param decimals of the probability
    /// @param confidence from the highest bound down: the word for a certainty (the greater of p and 1 - p)
    ///     of at least so much
    public record Reply(
            String probability, String positive, String confidenceField, int decimals, List<Confidence> confidence) {}

    public record Confidence(double atLeast, String word) {}

    /// @param concurrent requests at once; more are answered 429
    /// @param batchRows rows of one batch
    public record Limits(int concurrent, int batchRows, int bodyBytes, Duration time) {}

    /// Reads a file.
    ///
    /// @throws dev.tarn.core.error.TarnException `CONFIG_INVALID` with file and line
    public static ServiceFile read(Path file, Interpolation values) {
        Section root = YamlFile.read(file, values);
        String name = file.getFileName().toString().replaceFirst("\\.ya?ml$", "");
        String description = root.string("description", "");
        Optional<Predict> predict = root.optionalSection("predict").map(ServiceFile::predict);
        List<Datamart> datamarts =
                root.sections("datamarts").stream().map(Datamart::read).toList();
        root.end();
        if (predict.isEmpty() && datamarts.isEmpty()) {
            throw root.error("expected 'predict' or 'datamarts'");
        }
        return new ServiceFile(name, description, predict, datamarts);
    }

    private static Predict predict(Section section) {
        Map<String, Field> request = new LinkedHashMap<>();
        Section fields = section.section("request");
        for (String name : fields.keys()) {
            request.put(name, field(name, fields.section(name)));
        }
        fields.end();
        String path = path(section, "path", "/predict");
        Predict predict = new Predict(
                path,
                section.string("model"),
                section.string("alias", "champion"),
                section.optionalSection("canary").map(own -> share(own, true)),
                section.optionalSection("shadow").map(own -> share(own, false)),
                section.optionalDouble("threshold").map(OptionalDouble::of).orElse(OptionalDouble.empty()),
                request,
                section.strings("features"),
                section.optionalEnum("unknown-entities", Unknown.class).orElse(Unknown.MISSING),
                slices(section, request),
                reply(section.optionalSection("reply")),
                limits(section.optionalSection("limits")));
        section.end();
        if (request.isEmpty()) {
            throw section.error("request", "names no fields");
        }
        return predict;
    }

    private static List<String> slices(Section section, Map<String, Field> request) {
        List<String> slices = section.strings("slices");
        for (String slice : slices) {
            if (!request.containsKey(slice)) {
                throw section.error("slices", "'" + slice + "' is no field of the request");
            }
        }
        return slices;
    }

    /// A path of a service, checked.
    public static String path(Section section, String key, String otherwise) {
        String path = section.string(key, otherwise);
        if (!path.matches("(/[A-Za-z0-9_.-]+)+")) {
            throw section.error(key, "expected a path such as /predict, not '" + path + "'");
        }
        return path;
    }

    private static Share share(Section section, boolean percentRequired) {
        double percent = section.optionalDouble("percent").orElse(percentRequired ? 10.0 : 100.0);
        if (!(percent >= 0 && percent <= 100)) {
            throw section.error("percent", "expected a number from 0 to 100");
        }
        Share share = new Share(section.string("alias"), percent);
        section.end();
        return share;
    }

    private static Field field(String name, Section section) {
        Map<String, String> words = new LinkedHashMap<>();
        section.optionalSection("words")
                .ifPresent(own -> own.asStrings().forEach((from, to) -> words.put(from.toLowerCase(Locale.ROOT), to)));
        Type type = section.optionalEnum("type", Type.class).orElse(words.isEmpty() ? Type.NUMBER : Type.TEXT);
        Field field = new Field(
                section.string("input", name),
                type,
                section.bool("required", true),
                words,
                section.optionalEnum("unknown", Unknown.class).orElse(Unknown.MISSING),
                section.optionalDouble("min").map(OptionalDouble::of).orElse(OptionalDouble.empty()),
                section.optionalDouble("max").map(OptionalDouble::of).orElse(OptionalDouble.empty()));
        section.end();
        return field;
    }

    private static Reply reply(Optional<Section> section) {
        if (section.isEmpty()) {
            return new Reply("probability", "positive", "", 6, List.of());
        }
        Section own = section.get();
        List<Confidence> confidence = new ArrayList<>();
        for (Section band : own.sections("confidence-words")) {
            confidence.add(new Confidence(band.optionalDouble("at-least").orElse(0.0), band.string("word")));
            band.end();
        }
        confidence.sort((a, b) -> Double.compare(b.atLeast(), a.atLeast()));
        Reply reply = new Reply(
                own.string("probability", "probability"),
                own.string("positive", "positive"),
                own.string("confidence", ""),
                own.integer("decimals", 6, 0, 15),
                confidence);
        own.end();
        if (!reply.confidenceField().isEmpty()
                && (confidence.isEmpty() || confidence.getLast().atLeast() > 0.5)) {
            throw own.error("confidence-words", "expected bands down to one without 'at-least'");
        }
        return reply;
    }

    private static Limits limits(Optional<Section> section) {
        if (section.isEmpty()) {
            return new Limits(64, 10_000, 8 << 20, Duration.ofSeconds(10));
        }
        Section own = section.get();
        Limits limits = new Limits(
                own.integer("concurrent", 64, 1, 100_000),
                own.integer("batch-rows", 10_000, 1, 1_000_000),
                Math.toIntExact(Math.min(own.optionalBytes("body").orElse(8L << 20), 1L << 30)),
                own.optionalDuration("time").orElse(Duration.ofSeconds(10)));
        own.end();
        return limits;
    }
}
