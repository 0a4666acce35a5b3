package dev.tarn.transform.context;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/// One run of a project, as templates see it.
///
/// @param startedAt in UTC
/// @param command dbt's word for what runs, such as `run` or `test`
/// @param fullRefresh whether incremental models are to be built anew
/// @param storeFailures whether tests keep the rows that fail them, unless they say otherwise
/// @param selected unique ids of the nodes that run; empty when that is not known
/// @param eventTimes the time that microbatch models are asked to build
/// @param log takes what templates `log`
public record Invocation(
        String id,
        LocalDateTime startedAt,
        String command,
        boolean fullRefresh,
        boolean storeFailures,
        List<String> selected,
        EventTimes eventTimes,
        Consumer<String> log) {
    /// The version of dbt whose behaviour and artifacts these are.
    public static final String DBT_VERSION = "1.10.0";

    /// A span of event time, in UTC.
    ///
    /// @param start inclusive; empty to go on where the models' own configuration says
    /// @param end exclusive; empty for now
    public record EventTimes(Optional<LocalDateTime> start, Optional<LocalDateTime> end) {
        /// What the models' configuration says.
        public static final EventTimes CONFIGURED = new EventTimes(Optional.empty(), Optional.empty());

        /// A day, or a moment in UTC.
        ///
        /// @throws java.time.format.DateTimeParseException when it is neither
        public static LocalDateTime parse(String text) {
            String plain = text.strip().replace(' ', 'T').replaceFirst("(Z|[+]00:00)$", "");
            return plain.contains("T")
                    ? LocalDateTime.parse(plain)
                    : LocalDate.parse(plain).atStartOfDay();
        }
    }

    /// A run of everything.
    public Invocation(String id, LocalDateTime startedAt, boolean fullRefresh, Consumer<String> log) {
        this(id, startedAt, "run", fullRefresh, false, List.of(), EventTimes.CONFIGURED, log);
    }

    /// One that starts now and keeps no log.
    public static Invocation now() {
        return new Invocation(UUID.randomUUID().toString(), LocalDateTime.now(ZoneOffset.UTC), false, message -> {});
    }

    /// The same under another command.
    public Invocation withCommand(String newCommand) {
        return new Invocation(id, startedAt, newCommand, fullRefresh, storeFailures, selected, eventTimes, log);
    }

    /// The same, in which tests keep the rows that fail them.
    public Invocation withStoredFailures(boolean stored) {
        return new Invocation(id, startedAt, command, fullRefresh, stored, selected, eventTimes, log);
    }

    /// The same with the nodes that run.
    public Invocation withSelected(List<String> ids) {
        return new Invocation(id, startedAt, command, fullRefresh, storeFailures, List.copyOf(ids), eventTimes, log);
    }

    /// The same for a span of event time.
    public Invocation withEventTimes(EventTimes span) {
        return new Invocation(id, startedAt, command, fullRefresh, storeFailures, selected, span, log);
    }

    /// `flags`, in dbt's names.
    Map<String, Object> flags() {
        Map<String, Object> flags = new LinkedHashMap<>();
        flags.put("FULL_REFRESH", fullRefresh);
        flags.put("STORE_FAILURES", storeFailures);
        flags.put("WHICH", command);
        flags.put("INDIRECT_SELECTION", "eager");
        flags.put("WARN_ERROR", false);
        flags.put("FAIL_FAST", false);
        flags.put("DEBUG", false);
        flags.put("EMPTY", false);
        flags.put("USE_COLORS", false);
        flags.put("PRINT", true);
        flags.put("INTROSPECT", true);
        return flags;
    }

    /// `invocation_args_dict`.
    Map<String, Object> arguments() {
        Map<String, Object> arguments = new LinkedHashMap<>();
        arguments.put("which", command);
        arguments.put("full_refresh", fullRefresh);
        arguments.put("store_failures", storeFailures);
        return arguments;
    }
}
