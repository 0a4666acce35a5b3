package dev.tarn.orchestrate.schedule;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.config.Section;
import dev.tarn.core.config.YamlFile;
import dev.tarn.core.error.TarnException;
import dev.tarn.orchestrate.StepRules;
import dev.tarn.orchestrate.StepRules.Rule;
import dev.tarn.orchestrate.lineage.LineageSettings;
import dev.tarn.orchestrate.notice.NoticeSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// A project's `runs.yml`: what holds for all runs, however they are started. A project may do without.
///
/// @param rules how steps are run
/// @param atOnce how many requests a server works on at a time
/// @param keep how long the history of runs is kept
/// @param notices who is told how runs ended
/// @param lineage who is told what runs read and made
public record RunSettings(StepRules rules, int atOnce, Duration keep, NoticeSettings notices, LineageSettings lineage) {
    /// The file in a project.
    public static final String FILE = "runs.yml";

    private static final int PLACES_MAX = 10_000;
    private static final int AT_ONCE = 4;
    private static final Duration KEEP = Duration.ofDays(365);

    /// Reads the file.
    ///
    /// @throws TarnException `CONFIG_INVALID` with file and line
    public static RunSettings read(Path project, Interpolation values) {
        Path file = project.resolve(FILE);
        if (!Files.exists(file)) {
            return new RunSettings(StepRules.NONE, AT_ONCE, KEEP, NoticeSettings.NONE, LineageSettings.NONE);
        }
        Section section = YamlFile.read(file, values);
        Map<String, Integer> pools = new LinkedHashMap<>();
        section.optionalSection("pools")
                .ifPresent(all -> all.keys().forEach(pool -> pools.put(pool, all.integer(pool, 1, 1, PLACES_MAX))));
        List<Rule> rules = new ArrayList<>();
        section.sections("steps").forEach(each -> rules.add(rule(each, pools)));
        RunSettings settings = new RunSettings(
                new StepRules(rules, pools),
                section.integer("at-once", AT_ONCE, 1, 100),
                section.optionalDuration("keep").orElse(KEEP),
                NoticeSettings.read(section),
                section.optionalSection("lineage").map(LineageSettings::read).orElse(LineageSettings.NONE));
        section.end();
        return settings;
    }

    private static Rule rule(Section section, Map<String, Integer> pools) {
        List<String> names = section.strings("select");
        Optional<String> pool = section.optionalString("pool");
        if (pool.isPresent() && !pools.containsKey(pool.get())) {
            throw section.error(
                    "pool",
                    "there is no pool '" + pool.get() + "'; "
                            + (pools.isEmpty()
                                    ? "write 'pools: {" + pool.get() + ": 2}' beside 'steps'"
                                    : "there are " + String.join(", ", pools.keySet())));
        }
        Rule rule = new Rule(
                names.isEmpty() ? List.of("*") : names,
                integer(section, "retries", 0, 100),
                section.optionalDuration("retry-wait"),
                section.optionalDuration("retry-wait-max"),
                section.optionalDuration("time-limit"),
                pool,
                integer(section, "priority", -1000, 1000));
        section.end();
        return rule;
    }

    private static OptionalInt integer(Section section, String key, int min, int max) {
        return section.has(key) ? OptionalInt.of(section.integer(key, 0, min, max)) : OptionalInt.empty();
    }
}
