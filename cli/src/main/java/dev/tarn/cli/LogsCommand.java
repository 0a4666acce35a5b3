package dev.tarn.cli;

import dev.tarn.orchestrate.RunHistory;
import dev.tarn.orchestrate.RunSearch;
import dev.tarn.server.Lakehouse;
import java.io.PrintWriter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn logs`
@Command(
        name = "logs",
        description = "Prints what the steps of a run said: tries, failures with their causes, results.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn logs                        of the latest run",
            "  tarn logs 20260412-081500-3fa2",
            "  tarn logs 20260412-081500-3fa2 --step silver.payments --sql",
        })
final class LogsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ProjectOptions options = new ProjectOptions();

    @Parameters(arity = "0..1", paramLabel = "RUN", description = "The run's id; the latest run's by default.")
    private @Nullable String run;

    @Option(names = "--step", paramLabel = "NAME", description = "Only this step.")
    private @Nullable String step;

    @Option(names = "--sql", description = "Also what was executed, as far as it is kept.")
    private boolean sql;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Lakehouse lakehouse = RunsCommand.open(options)) {
            RunHistory history = RunsCommand.history(lakehouse);
            Optional<String> id = Optional.ofNullable(run)
                    .or(() -> history.search(RunSearch.latest(1)).stream()
                            .map(RunSearch.Found::id)
                            .findFirst());
            if (id.isEmpty()) {
                out.println("no runs");
                return 0;
            }
            List<RunHistory.Said> lines = history.log(id.get(), Optional.ofNullable(step));
            lines.forEach(line ->
                    out.println(line.at().truncatedTo(ChronoUnit.MILLIS) + "  " + line.step() + "  " + line.message()));
            if (sql) {
                history.run(id.get()).steps().stream()
                        .filter(each -> step == null || each.step().equals(step))
                        .forEach(each -> history.detail(id.get(), each.step())
                                .ifPresent(detail -> out.println("-- " + each.step() + "\n" + detail)));
            }
        }
        return 0;
    }
}
