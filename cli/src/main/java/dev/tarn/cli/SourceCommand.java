package dev.tarn.cli;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import dev.tarn.server.pipeline.Pipeline;
import dev.tarn.transform.artifact.Freshness;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `tarn source freshness`
@Command(
        name = "source",
        description = "Looks at the sources of the dbt project.",
        footerHeading = "%nExamples:%n",
        footer = "  tarn source freshness --select source:raw",
        subcommands = SourceCommand.FreshnessCommand.class)
final class SourceCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    @Command(
            name = "freshness",
            description = "How old the newest rows of sources are, against what their properties promise;"
                    + " writes target/sources.json.")
    static final class FreshnessCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private DbtOptions options = new DbtOptions();

        @Override
        public Integer call() {
            Project project = options.project();
            Logging.toFiles(project.createState(), "freshness");
            PrintWriter out = spec.commandLine().getOut();
            List<Freshness.Result> results;
            try (Lakehouse lakehouse = Lakehouse.open(project)) {
                Pipeline pipeline = Pipeline.load(lakehouse, DbtOptions.invocation("freshness", false, false, out));
                results = pipeline.artifacts()
                        .freshness(pipeline.ids(options.choice(List.of("source"))), Identity.local("tarn source"));
            }
            for (Freshness.Result result : results) {
                out.println(String.format(
                        Locale.ROOT,
                        "%-5s  %s.%s  newest row %s, %s ago",
                        result.status(),
                        result.source().source(),
                        result.source().table(),
                        result.newest(),
                        age(result.age())));
            }
            List<String> stale = results.stream()
                    .filter(result -> result.status().equals("error"))
                    .map(result ->
                            result.source().source() + "." + result.source().table())
                    .toList();
            if (!stale.isEmpty()) {
                throw new TarnException(ErrorCode.CHECK_FAILED, "too old: " + String.join(", ", stale));
            }
            return 0;
        }

        private static String age(Duration age) {
            return age.toDays() > 0 ? age.toDays() + " d" : age.toHours() + " h " + age.toMinutesPart() + " min";
        }
    }
}
