package dev.tarn.model.training;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.config.Section;
import dev.tarn.core.config.YamlFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One `training/*.yml`: the name of the file is the name of the training.
///
/// @param model the registered model's name
/// @param data what to learn from
/// @param candidates what to try; a search is several
/// @param alias moved to the new version when the gate is passed
/// @param seed of everything random
/// @param triggers when a server trains again by itself
public record TrainingFile(
        String name,
        Path file,
        String model,
        String description,
        Data data,
        Split split,
        List<Candidate> candidates,
        Measure metric,
        Costs costs,
        Gate gate,
        String alias,
        long seed,
        Triggers triggers) {
    /// @param query in Trino's SQL; its rows hold the label, what the split needs, and inputs
    /// @param features features joined as of each row's time: `view:feature` or `view`; may be empty
    /// @param inputs the query's columns to learn from; empty for all that have no other role
    /// @param time the column with each row's time, for the point-in-time join and a split by time
    /// @param ignore columns of the query that are not learned from
    public record Data(
            String query, String label, String time, List<String> features, List<String> inputs, List<String> ignore) {}

    /// How rows are kept for judging.
    public sealed interface Split {
        /// Rows of one group are never on both sides; every row is judged once.
        record Grouped(String by, int folds) implements Split {}

        /// Learn from one period, judge on a later one, without what was not known yet.
        ///
        /// @param delay how long labels take to arrive: the gap between the two
        /// @param dropKnown a column such as the customer: rows to judge are left out when a positive label of
        ///     the same customer was known by then; empty to keep all
        record ByTime(
                Instant trainFrom, Instant trainTo, Instant testFrom, Instant testTo, Duration delay, String dropKnown)
                implements Split {}
    }

    /// One thing to try.
    ///
    /// @param parameters the algorithm's own, as text
    /// @param program the external trainer's; none otherwise
    public record Candidate(
            String name, Algorithm algorithm, Map<String, String> parameters, Optional<Program> program) {}

    /// An external trainer.
    ///
    /// @param timeout how long it may run
    /// @param format how it gets the training set
    public record Program(List<String> command, Duration timeout, Format format) {}

    /// How an external trainer gets the training set.
    public enum Format {
        PARQUET,
        CSV
    }

    /// How a model is made.
    public enum Algorithm {
        XGBOOST,
        RANDOM_FOREST,
        LOGISTIC_REGRESSION,
        EXTERNAL
    }

    /// By what the best is chosen and compared.
    public enum Measure {
        AUC,
        AVERAGE_PRECISION,
        F1,
        LOG_LOSS;

        /// Whether smaller is better.
        public boolean isLoss() {
            return this == LOG_LOSS;
        }
    }

    /// What the two kinds of error cost; the threshold is where their sum is least.
    public record Costs(double falsePositive, double falseNegative) {}

    /// What must hold before the alias moves.
    ///
    /// @param betterBy how much better than the current version on the same rows; 0 for at least as good
    /// @param least the smallest metric that will do
    /// @param slices columns of whose values each with enough positives must reach `sliceAuc`
    /// @param leakAuc one input that alone reaches this AUC is a leak
    /// @param calibrationError the largest mean distance between predicted and observed rates
    public record Gate(
            double betterBy,
            Optional<Double> least,
            List<String> slices,
            double sliceAuc,
            double leakAuc,
            Optional<Double> calibrationError) {}

    private static final int CANDIDATES_MAX = 200;
    static final Duration TIMEOUT = Duration.ofHours(1);
    private static final Duration TIMEOUT_MAX = Duration.ofHours(12);

    /// Reads a file.
    ///
    /// @throws dev.tarn.core.error.TarnException `CONFIG_INVALID` with file and line
    public static TrainingFile read(Path file, Interpolation values) {
        Section root = YamlFile.read(file, values);
        String name = file.getFileName().toString().replaceFirst("\\.ya?ml$", "");
        Data data = data(root.section("data"));
        Split split = split(root.section("split"));
        List<Candidate> candidates = new ArrayList<>();
        for (Section section : root.sections("candidates")) {
            candidates.addAll(candidates(section));
        }
        if (candidates.isEmpty() || candidates.size() > CANDIDATES_MAX) {
            throw root.error(
                    "candidates", "expected from 1 to " + CANDIDATES_MAX + " candidates, not " + candidates.size());
        }
        if (candidates.stream().map(Candidate::name).distinct().count() < candidates.size()) {
            throw root.error("candidates", "two candidates have one name");
        }
        TrainingFile training = new TrainingFile(
                name,
                file,
                root.string("model", name),
                root.string("description", ""),
                data,
                split,
                candidates,
                root.optionalEnum("metric", Measure.class).orElse(Measure.AVERAGE_PRECISION),
                costs(root.optionalSection("threshold")),
                gate(root.optionalSection("gate")),
                root.string("alias", "champion"),
                root.optionalLong("seed").orElse(1L),
                Triggers.read(root.optionalSection("retrain")));
        root.end();
        return training;
    }

    /// The files beside this one that the commands of external trainers name, such as their scripts.
    public List<Path> programs() {
        return candidates.stream()
                .flatMap(candidate -> candidate.program().stream())
                .flatMap(program -> program.command().stream())
                .map(word -> file.resolveSibling(word))
                .filter(Files::isRegularFile)
                .distinct()
                .toList();
    }

    /// The same, of another file: its folder is where commands are started.
    TrainingFile in(Path other) {
        return new TrainingFile(
                name, other, model, description, data, split, candidates, metric, costs, gate, alias, seed, triggers);
    }

    private static Data data(Section section) {
        Data data = new Data(
                section.string("query"),
                section.string("label"),
                section.string("time"),
                section.strings("features"),
                section.strings("inputs"),
                section.strings("ignore"));
        section.end();
        return data;
    }

    private static Split split(Section section) {
        Optional<Section> grouped = section.optionalSection("grouped");
        Optional<Section> byTime = section.optionalSection("by-time");
        section.end();
        if (grouped.isPresent() == byTime.isPresent()) {
            throw section.error("expected either 'grouped' or 'by-time'");
        }
        if (grouped.isPresent()) {
            Section own = grouped.get();
            Split split = new Split.Grouped(own.string("by"), own.integer("folds", 5, 2, 50));
            own.end();
            return split;
        }
        Section own = byTime.orElseThrow();
        Duration delay = own.optionalDuration("delay").orElse(Duration.ZERO);
        Split.ByTime split = new Split.ByTime(
                instant(own, "train-from"),
                instant(own, "train-to"),
                instant(own, "test-from"),
                instant(own, "test-to"),
                delay,
                own.string("drop-known", ""));
        own.end();
        if (!split.trainFrom().isBefore(split.trainTo()) || !split.testFrom().isBefore(split.testTo())) {
            throw own.error("each period must end after it starts");
        }
        if (split.testFrom().isBefore(split.trainTo().plus(delay))) {
            throw own.error(
                    "test-from",
                    "must be at least the delay of " + delay.toDays() + " days after train-to: "
                            + "labels of the last days to learn from are not known earlier");
        }
        return split;
    }

    private static Instant instant(Section section, String key) {
        String text = section.string(key);
        try {
            return text.length() == 10
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : Instant.parse(text.endsWith("Z") ? text : text.replace(' ', 'T') + "Z");
        } catch (DateTimeParseException e) {
            throw section.error(key, "expected a date such as 2018-07-25 or a time such as 2018-07-25 12:00:00");
        }
    }

    private static List<Candidate> candidates(Section section) {
        String name = section.string("name");
        Algorithm algorithm = section.optionalEnum("algorithm", Algorithm.class)
                .orElseThrow(() -> section.error("'algorithm' is missing"));
        Map<String, String> parameters =
                section.optionalSection("parameters").map(Section::asStrings).orElse(Map.of());
        Optional<Program> program = program(section, algorithm);
        Optional<Section> search = section.optionalSection("search");
        section.end();
        List<Map<String, String>> all = new ArrayList<>(List.of(parameters));
        if (search.isPresent()) {
            for (String key : search.get().keys()) {
                List<Map<String, String>> wider = new ArrayList<>();
                for (Map<String, String> known : all) {
                    for (String value : search.get().strings(key)) {
                        Map<String, String> more = new LinkedHashMap<>(known);
                        more.put(key, value);
                        wider.add(more);
                    }
                }
                all = wider;
                if (all.size() > CANDIDATES_MAX) {
                    throw section.error("search", "more than " + CANDIDATES_MAX + " combinations");
                }
            }
        }
        List<Candidate> candidates = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            Map<String, String> own = all.get(i);
            Hyperparameters.check(algorithm, own).ifPresent(problem -> {
                throw section.error("parameters", problem);
            });
            candidates.add(new Candidate(all.size() == 1 ? name : name + "-" + (i + 1), algorithm, own, program));
        }
        return candidates;
    }

    private static Optional<Program> program(Section section, Algorithm algorithm) {
        List<String> command = section.strings("command");
        if ((algorithm == Algorithm.EXTERNAL) == command.isEmpty()) {
            throw section.error("'command' belongs to algorithm external, which needs it");
        }
        if (command.isEmpty()) {
            return Optional.empty();
        }
        Duration timeout = section.optionalDuration("timeout").orElse(TIMEOUT);
        if (!timeout.isPositive() || timeout.compareTo(TIMEOUT_MAX) > 0) {
            throw section.error("timeout", "must be greater than 0 and at most " + TIMEOUT_MAX.toHours() + "h");
        }
        return Optional.of(new Program(
                command, timeout, section.optionalEnum("format", Format.class).orElse(Format.PARQUET)));
    }

    private static Costs costs(Optional<Section> section) {
        if (section.isEmpty()) {
            return new Costs(1, 1);
        }
        Section own = section.get();
        Costs costs = new Costs(
                own.optionalDouble("false-positive-cost").orElse(1.0),
                own.optionalDouble("false-negative-cost").orElse(1.0));
        own.end();
        if (!(costs.falsePositive() > 0) || !(costs.falseNegative() > 0)) {
            throw own.error("costs must be greater than 0");
        }
        return costs;
    }

    private static Gate gate(Optional<Section> section) {
        if (section.isEmpty()) {
            return new Gate(0, Optional.empty(), List.of(), 0, 0.995, Optional.empty());
        }
        Section own = section.get();
        Gate gate = new Gate(
                own.optionalDouble("better-by").orElse(0.0),
                own.optionalDouble("at-least"),
                own.strings("slices"),
                own.optionalDouble("slice-auc").orElse(0.5),
                own.optionalDouble("leak-auc").orElse(0.995),
                own.optionalDouble("calibration-error"));
        own.end();
        return gate;
    }
}
