package dev.tarn.cli;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.project.Project;
import dev.tarn.lake.catalog.Branches;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn query`
@Command(
        name = "query",
        description = "Runs one SQL statement and prints what it answers.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn query \"SELECT * FROM gold.fraud_by_month\"",
            "  tarn query my-lakehouse \"SHOW TABLES FROM gold\" --format csv",
            "  tarn query - < statement.sql     the statement from standard input",
        })
final class QueryCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ProjectOptions options = new ProjectOptions();

    @Parameters(
            arity = "1..2",
            paramLabel = "[FOLDER] SQL",
            description = "The project's folder if it is not the current one, and the statement; - reads it from "
                    + "standard input.")
    private List<String> arguments = List.of();

    @Option(
            names = {"-f", "--format"},
            paramLabel = "FORMAT",
            description = "table, csv or json; table by default.")
    private Results format = Results.TABLE;

    @Option(names = "--env", paramLabel = "NAME", description = "Asks this environment.")
    private String environment = Branches.MAIN;

    @Override
    public Integer call() throws IOException {
        Project project = options.load(arguments);
        String sql = arguments.getLast();
        if (sql.equals("-")) {
            sql = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        }
        if (sql.isBlank()) {
            throw new TarnException(ErrorCode.USAGE, "the statement is empty");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (SqlClient client = SqlClient.of(project, "tarn query", environment);
                SqlClient.Answer answer = client.execute(withoutSemicolon(sql))) {
            Thread hook = new Thread(answer::cancel, "cancel");
            Runtime.getRuntime().addShutdownHook(hook);
            format.write(answer, out);
            String done = answer.done();
            if (done != null) {
                spec.commandLine().getErr().println(done);
            }
            removeHook(hook);
        }
        return 0;
    }

    /// The protocol takes one statement without its end mark, as people write it at a prompt.
    static String withoutSemicolon(String sql) {
        String text = sql.strip();
        return text.endsWith(";") ? text.substring(0, text.length() - 1).strip() : text;
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is being told to stop, and the hook runs.
        }
    }
}
