package dev.tarn.cli;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.govern.contract.ContractFiles;
import dev.tarn.govern.contract.Quarantine;
import dev.tarn.query.QuerySession;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn quarantine`
@Command(
        name = "quarantine",
        description = "Lists rows that broke their contract, and releases them once they are repaired.",
        subcommands = {QuarantineCommand.ListCommand.class, QuarantineCommand.ReleaseCommand.class},
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn quarantine list",
            "  tarn quarantine release silver.payments --set \"amount = abs(amount)\" --where \"id < 100\"",
        })
final class QuarantineCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    /// `tarn quarantine list`
    @Command(name = "list", description = "Lists rows in quarantine by table, rule and run.")
    static final class ListCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private ProjectFolder folder = new ProjectFolder();

        @Override
        public Integer call() {
            Project project = folder.load();
            Logging.toFiles(project.createState(), "quarantine");
            PrintWriter out = spec.commandLine().getOut();
            try (Lakehouse lakehouse = Lakehouse.open(project)) {
                QuerySession session =
                        QuerySession.of(Identity.local("tarn quarantine")).withZone(ZoneOffset.UTC);
                List<Quarantine.Held> held = quarantine(lakehouse).list(session);
                held.forEach(each -> out.println(String.format(
                        Locale.ROOT, "%s  %,d rows  %s  (%s)", each.table(), each.rows(), each.rule(), each.run())));
                if (held.isEmpty()) {
                    out.println("nothing is in quarantine");
                }
            }
            return 0;
        }
    }

    /// `tarn quarantine release`
    @Command(name = "release", description = "Puts rows back that keep all rules now; the others stay.")
    static final class ReleaseCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private ProjectOptions options = new ProjectOptions();

        @Parameters(
                arity = "1..2",
                paramLabel = "[FOLDER] TABLE",
                description = "The project's folder if it is not the current one, and the table the rows belong to.")
        private List<String> arguments = List.of();

        @Option(
                names = "--set",
                paramLabel = "\"COLUMN = SQL\"",
                description = "Repairs a column by an expression over the row; may be repeated.")
        private List<String> repairs = List.of();

        @Option(names = "--where", paramLabel = "SQL", description = "Only these rows; all by default.")
        private @Nullable String condition;

        @Override
        public Integer call() {
            Project project = options.load(arguments);
            String table = arguments.getLast();
            Map<String, String> expressions = new LinkedHashMap<>();
            for (String repair : repairs) {
                int equals = repair.indexOf('=');
                if (equals < 1) {
                    throw new TarnException(ErrorCode.USAGE, "--set: expected COLUMN = SQL, not '" + repair + "'");
                }
                expressions.put(
                        repair.substring(0, equals).strip(),
                        repair.substring(equals + 1).strip());
            }
            Logging.toFiles(project.createState(), "quarantine");
            try (Lakehouse lakehouse = Lakehouse.open(project)) {
                ContractFiles.Found found = lakehouse
                        .contracts()
                        .enforced(table)
                        .orElseThrow(() -> new TarnException(ErrorCode.NOT_FOUND, table + " has no active contract"));
                long rows = quarantine(lakehouse)
                        .release(
                                Identity.local("tarn quarantine"),
                                found.table(),
                                expressions,
                                Optional.ofNullable(condition));
                spec.commandLine().getOut().println(rows + (rows == 1 ? " row released" : " rows released"));
            }
            return 0;
        }
    }

    private static Quarantine quarantine(Lakehouse lakehouse) {
        return new Quarantine(lakehouse.engine(), lakehouse.lake(), InstantSource.system());
    }
}
