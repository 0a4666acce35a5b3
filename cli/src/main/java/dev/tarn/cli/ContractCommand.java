package dev.tarn.cli;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.govern.contract.CheckResult;
import dev.tarn.govern.contract.CheckResult.Outcome;
import dev.tarn.govern.contract.Contract;
import dev.tarn.govern.contract.ContractChecker;
import dev.tarn.govern.contract.ContractDiff;
import dev.tarn.govern.contract.ContractDraft;
import dev.tarn.govern.contract.ContractLint;
import dev.tarn.govern.contract.ContractReader;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.ResultColumn;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn contract`
@Command(
        name = "contract",
        description = "Checks contracts against their tables, drafts them and compares them.",
        subcommands = {
            ContractCommand.LintCommand.class,
            ContractCommand.CheckCommand.class,
            ContractCommand.ImportCommand.class,
            ContractCommand.DiffCommand.class
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn contract lint",
            "  tarn contract check silver.payments",
            "  tarn contract import gold.customers > contracts/customers.odcs.yaml",
            "  tarn contract diff old.odcs.yaml contracts/customers.odcs.yaml",
        })
final class ContractCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static QuerySession session(String branch) {
        return QuerySession.of(Identity.local("tarn contract"))
                .withBranch(branch)
                .withZone(ZoneOffset.UTC);
    }

    private static String quoted(String table) {
        return Arrays.stream(table.split("\\."))
                .map(part -> '"' + part.replace("\"", "\"\"") + '"')
                .collect(Collectors.joining("."));
    }

    /// `tarn contract lint`
    @Command(name = "lint", description = "Reads all contracts and compares their columns with the tables.")
    static final class LintCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private ProjectFolder folder = new ProjectFolder();

        @Override
        public Integer call() {
            Project project = folder.load();
            Logging.toFiles(project.createState(), "contract");
            PrintWriter out = spec.commandLine().getOut();
            List<String> findings = new ArrayList<>();
            int tables = 0;
            try (Lakehouse lakehouse = Lakehouse.open(project)) {
                for (Contract contract : lakehouse.contracts().all()) {
                    for (Contract.Table table : contract.tables()) {
                        tables++;
                        findings.addAll(findings(lakehouse, contract, table));
                    }
                }
            }
            findings.forEach(out::println);
            out.println(tables + " tables in contracts, " + findings.size() + " findings");
            return findings.isEmpty() ? 0 : 1;
        }

        private static List<String> findings(Lakehouse lakehouse, Contract contract, Contract.Table table) {
            try {
                return ContractLint.compare(
                        contract,
                        table,
                        lakehouse.engine().describe(session("main"), "SELECT * FROM " + quoted(table.name())));
            } catch (TarnException e) {
                return List.of(contract.file() + ":" + table.line() + ": " + table.name() + ": " + e.getMessage());
            }
        }
    }

    /// `tarn contract check`
    @Command(name = "check", description = "Checks all rules, or those of one table, against the data.")
    static final class CheckCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private ProjectOptions options = new ProjectOptions();

        @Parameters(arity = "0..1", paramLabel = "TABLE", description = "One table; all by default.")
        private @Nullable String table;

        @Option(names = "--env", paramLabel = "NAME", description = "As the tables are in this environment.")
        private String environment = "main";

        @Override
        public Integer call() {
            Project project = options.load();
            Logging.toFiles(project.createState(), "contract");
            PrintWriter out = spec.commandLine().getOut();
            int broken = 0;
            int checked = 0;
            try (Lakehouse lakehouse = Lakehouse.open(project)) {
                ContractChecker checker = new ContractChecker(lakehouse.engine(), lakehouse.lake());
                for (Contract contract : lakehouse.contracts().all()) {
                    for (Contract.Table each : contract.tables()) {
                        if (table == null || table.equals(each.name())) {
                            for (CheckResult result : checker.check(session(environment), each)) {
                                checked++;
                                if (result.outcome() == Outcome.BROKEN) {
                                    broken++;
                                    out.println(result.rule().severity().name().toLowerCase(Locale.ROOT) + "  "
                                            + each.name() + ": " + result.inWords());
                                }
                            }
                        }
                    }
                }
            }
            if (checked == 0 && table != null) {
                throw new TarnException(ErrorCode.NOT_FOUND, table + " has no contract");
            }
            out.println((checked - broken) + " rules kept, " + broken + " broken");
            return broken == 0 ? 0 : 1;
        }
    }

    /// `tarn contract import`
    @Command(name = "import", description = "Drafts a contract from a table as it is.")
    static final class ImportCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private ProjectOptions options = new ProjectOptions();

        @Parameters(arity = "1", paramLabel = "TABLE", description = "The table, such as gold.customers.")
        private String table = "";

        @Override
        public Integer call() {
            Project project = options.load();
            Logging.toFiles(project.createState(), "contract");
            try (Lakehouse lakehouse = Lakehouse.open(project)) {
                List<ResultColumn> columns =
                        lakehouse.engine().describe(session("main"), "SELECT * FROM " + quoted(table));
                Set<String> neverNull = new LinkedHashSet<>();
                String nulls = columns.stream()
                        .map(column -> "count(*) - count(" + quoted(column.name()) + ")")
                        .collect(Collectors.joining(", "));
                try (QueryResult result =
                        lakehouse.engine().execute(session("main"), "SELECT " + nulls + " FROM " + quoted(table))) {
                    var row = result.all().getFirst();
                    for (int i = 0; i < columns.size(); i++) {
                        if (row.get(i) instanceof Number none && none.longValue() == 0) {
                            neverNull.add(columns.get(i).name());
                        }
                    }
                }
                spec.commandLine().getOut().print(ContractDraft.of(table, columns, neverNull));
            }
            return 0;
        }
    }

    /// `tarn contract diff`
    @Command(
            name = "diff",
            description = "Compares two versions of a contract; exits with 1 when a reader of the data may break.")
    static final class DiffCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Parameters(index = "0", paramLabel = "BEFORE", description = "The earlier file.")
        private Path before = Path.of("");

        @Parameters(index = "1", paramLabel = "AFTER", description = "The later file.")
        private Path after = Path.of("");

        @Override
        public Integer call() {
            List<ContractDiff.Change> changes =
                    ContractDiff.between(ContractReader.read(before), ContractReader.read(after));
            PrintWriter out = spec.commandLine().getOut();
            changes.forEach(change -> out.println((change.breaking() ? "breaking  " : "          ") + change.what()));
            long breaking =
                    changes.stream().filter(ContractDiff.Change::breaking).count();
            out.println(changes.size() + " changes, " + breaking + " breaking");
            return breaking == 0 ? 0 : 1;
        }
    }
}
