package dev.tarn.cli;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.project.Project;
import dev.tarn.server.pipeline.DbtChoice;
import dev.tarn.transform.context.Invocation;
import dev.tarn.transform.select.Selection.Indirect;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Which nodes of a dbt project a command acts on, in dbt's words.
final class DbtOptions {
    @Mixin
    private ProjectFolder folder = new ProjectFolder();

    @Option(
            names = {"-s", "--select"},
            paramLabel = "WORD",
            arity = "1..*",
            description = "What to choose: a name, tag:x, path:models/gold, +name, name+2, @name; a,b for both.")
    private List<String> select = List.of();

    @Option(names = "--exclude", paramLabel = "WORD", arity = "1..*", description = "What to leave out.")
    private List<String> exclude = List.of();

    @Option(names = "--selector", paramLabel = "NAME", description = "A selector of selectors.yml.")
    private Optional<String> selector = Optional.empty();

    @Option(
            names = "--indirect-selection",
            paramLabel = "MODE",
            description = "Which tests come with what is chosen: eager (default), cautious, buildable, empty.")
    private Indirect indirect = Indirect.EAGER;

    @Option(
            names = "--state",
            paramLabel = "FOLDER",
            description = "Artifacts of an earlier run, for state:, result: and source_status:.")
    private Optional<Path> state = Optional.empty();

    @Option(
            names = "--vars",
            paramLabel = "YAML",
            description = "Values for var(…), as dbt takes them: '{start: 2024-01-01, days: 7}'.")
    private Optional<String> vars = Optional.empty();

    @Option(
            names = "--resource-type",
            paramLabel = "TYPE",
            arity = "1..*",
            description = "Only model, seed, snapshot, test, unit_test, source, exposure.")
    private List<String> types = List.of();

    @Option(
            names = "--target",
            paramLabel = "NAME",
            description = "Not used: an environment is a branch (tarn run --env).")
    private Optional<String> target = Optional.empty();

    @Option(
            names = "--defer",
            description = "Always so: what an environment has not built is read from what is published.")
    void defers(boolean always) {
        // Commands of dbt projects carry the word; here it changes nothing.
    }

    Project project() {
        if (target.filter(name -> !name.equals("default")).isPresent()) {
            throw new TarnException(
                    ErrorCode.USAGE,
                    "there is one target, 'default': an environment is a branch here, as in 'tarn run --env "
                            + target.get() + "'");
        }
        return folder.load(vars.map(VarsOption::parse).orElse(Map.of()));
    }

    /// @param only the resource types that the command is about; none for those of `--resource-type`
    DbtChoice choice(List<String> only) {
        return new DbtChoice(select, exclude, selector, indirect, state, only.isEmpty() ? types : only);
    }

    static Invocation invocation(String command, boolean fullRefresh, boolean storeFailures, PrintWriter out) {
        return new Invocation(UUID.randomUUID().toString(), LocalDateTime.now(ZoneOffset.UTC), fullRefresh, message -> {
                    out.println(message);
                    out.flush();
                })
                .withCommand(command)
                .withStoredFailures(storeFailures);
    }
}
