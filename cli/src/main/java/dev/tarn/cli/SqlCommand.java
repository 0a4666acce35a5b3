package dev.tarn.cli;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.project.Project;
import dev.tarn.lake.catalog.Branches;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `tarn sql`
@Command(
        name = "sql",
        description = "A prompt for SQL, with history and completion.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn sql",
            "  tarn sql my-lakehouse",
            "",
            "A statement ends with ';'. Tab completes keywords, tables and columns; Ctrl-R searches the history;",
            "Ctrl-C stops a statement; 'quit' or Ctrl-D leaves.",
        })
final class SqlCommand implements Callable<Integer> {
    @Mixin
    private ProjectFolder folder = new ProjectFolder();

    @Option(names = "--env", paramLabel = "NAME", description = "Asks this environment.")
    private String environment = Branches.MAIN;

    @Override
    public Integer call() throws IOException {
        Project project = folder.load().createState();
        try (Terminal terminal = TerminalBuilder.builder()
                        .signalHandler(Terminal.SignalHandler.SIG_IGN)
                        .build();
                SqlClient client = SqlClient.of(project, "tarn sql", environment)) {
            SqlCompleter completer = new SqlCompleter(client);
            LineReader reader = LineReaderBuilder.builder()
                    .terminal(terminal)
                    .appName("tarn")
                    .parser(new SqlLines())
                    .completer(completer)
                    .variable(LineReader.HISTORY_FILE, project.state().resolve("sql-history"))
                    .variable(LineReader.HISTORY_SIZE, 10_000)
                    .variable(LineReader.SECONDARY_PROMPT_PATTERN, "   -> ")
                    .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                    .option(LineReader.Option.CASE_INSENSITIVE, true)
                    .build();
            PrintWriter out = terminal.writer();
            out.println("Tarn · " + project.name() + (client instanceof RemoteSql ? " · beside its server" : ""));
            out.println("A statement ends with ';'; Tab completes; 'quit' leaves.");
            while (true) {
                String text;
                try {
                    text = reader.readLine("tarn> ").strip();
                } catch (UserInterruptException e) {
                    continue;
                } catch (EndOfFileException e) {
                    return 0;
                }
                String sql = QueryCommand.withoutSemicolon(text);
                if (sql.equalsIgnoreCase("quit") || sql.equalsIgnoreCase("exit")) {
                    return 0;
                }
                if (!sql.isEmpty()) {
                    run(client, sql, terminal);
                    completer.forget();
                }
            }
        }
    }

    /// Runs a statement; Ctrl-C stops it and keeps the prompt.
    private static void run(SqlClient client, String sql, Terminal terminal) {
        AtomicReference<SqlClient.@Nullable Answer> running = new AtomicReference<>();
        Thread worker = Thread.ofPlatform().name("statement").unstarted(() -> answer(client, sql, terminal, running));
        Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, signal -> {
            SqlClient.Answer answer = running.get();
            if (answer == null) {
                worker.interrupt();
            } else {
                answer.cancel();
            }
        });
        try {
            worker.start();
            worker.join();
        } catch (InterruptedException e) {
            worker.interrupt();
        } finally {
            terminal.handle(Terminal.Signal.INT, before);
        }
    }

    private static void answer(
            SqlClient client, String sql, Terminal terminal, AtomicReference<SqlClient.@Nullable Answer> running) {
        PrintWriter out = terminal.writer();
        long start = System.nanoTime();
        try (SqlClient.Answer answer = client.execute(sql)) {
            running.set(answer);
            long rows = Results.TABLE.write(answer, out);
            String done = answer.done();
            String what = done != null ? done : rows == 1 ? "1 row" : rows + " rows";
            out.printf("(%s, %.3f s)%n%n", what, (System.nanoTime() - start) / 1e9);
        } catch (TarnException e) {
            Failures.print(out, e);
            out.println();
        } catch (RuntimeException e) {
            Failures.print(
                    out,
                    new TarnException(ErrorCode.UNAVAILABLE, "the statement was not answered: " + e.getMessage(), e));
            out.println();
        }
        out.flush();
    }
}
