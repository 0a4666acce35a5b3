package dev.tarn.cli;

import dev.tarn.server.Logging;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/// The `tarn` command. To add a command, write a class beside these and name it in the list below.
@Command(
        name = "tarn",
        description = "A lakehouse and machine-learning platform in one process.",
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn demo                        a lakehouse with generated card payments",
            "  tarn init my-lakehouse           a new project that runs at once",
            "  tarn run my-lakehouse            from its sources to its tables",
            "  tarn query \"SHOW TABLES FROM gold\"",
            "",
            "A command acts on the project in the current folder, or on the folder named after it.",
            "'tarn help COMMAND' tells more about a command.",
        })
public final class Tarn implements Runnable {
    private static final List<Class<?>> COMMANDS = List.of(
            DemoCommand.class,
            InitCommand.class,
            UpCommand.class,
            PlanCommand.class,
            RunCommand.class,
            BuildCommand.class,
            BuildCommand.Test.class,
            BuildCommand.Seed.class,
            BuildCommand.Snapshot.class,
            CompileCommand.class,
            CompileCommand.Docs.class,
            LsCommand.class,
            SourceCommand.class,
            RunsCommand.class,
            LogsCommand.class,
            SchedulesCommand.class,
            BackfillCommand.class,
            WorkerCommand.class,
            EnvCommand.class,
            DiffCommand.class,
            LineageCommand.class,
            PublishCommand.class,
            UndoCommand.class,
            ContractCommand.class,
            QuarantineCommand.class,
            TrainCommand.class,
            ReplayCommand.class,
            ModelsCommand.class,
            ExplainCommand.class,
            QueryCommand.class,
            SqlCommand.class,
            FeaturesCommand.class,
            ImportCommand.class,
            ExportCommand.class,
            MaintainCommand.class,
            VersionCommand.class);
    private static final String CARRIERS = "jdk.virtualThreadScheduler.parallelism";

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    public static void main(String[] args) {
        Logging.quiet();
        carriers();
        int status = commandLine(
                        new PrintWriter(System.out, false, StandardCharsets.UTF_8),
                        new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                        named(args))
                .execute(args);
        // Threads of libraries must not keep a finished command alive.
        System.exit(status);
    }

    /// Sets how many threads of the system carry the virtual ones, unless it was set: a call into DuckDB or SQLite
    /// keeps its carrier to itself, and with one for each processor two such calls would hold up everybody else.
    private static void carriers() {
        if (System.getProperty(CARRIERS) == null) {
            System.setProperty(
                    CARRIERS, Integer.toString(4 * Runtime.getRuntime().availableProcessors()));
        }
    }

    private static void help(CommandLine command) {
        if (command.getCommandSpec().findOption("--help") == null) {
            command.getCommandSpec()
                    .addOption(OptionSpec.builder("-h", "--help")
                            .usageHelp(true)
                            .description("Shows this help.")
                            .build());
        }
        command.getSubcommands().values().forEach(Tarn::help);
    }

    /// The command that the first word names, or all: to describe all of them is much of a short command's time.
    private static List<Class<?>> named(String... args) {
        for (Class<?> command : COMMANDS) {
            if (args.length > 0 && command.getAnnotation(Command.class).name().equals(args[0])) {
                return List.of(command);
            }
        }
        return COMMANDS;
    }

    /// The command with its output going somewhere else than to the terminal.
    public static CommandLine commandLine(PrintWriter out, PrintWriter err) {
        return commandLine(out, err, COMMANDS);
    }

    private static CommandLine commandLine(PrintWriter out, PrintWriter err, List<Class<?>> known) {
        CommandLine commands = new CommandLine(new Tarn());
        known.forEach(commands::addSubcommand);
        commands.addSubcommand(new CommandLine.HelpCommand());
        help(commands);
        commands.setOut(out);
        commands.setErr(err);
        commands.setCaseInsensitiveEnumValuesAllowed(true);
        commands.setUsageHelpAutoWidth(true);
        commands.setExecutionExceptionHandler(Failures::execution);
        commands.setParameterExceptionHandler(Failures::parameters);
        commands.setExecutionStrategy(result -> {
            int status = new CommandLine.RunLast().execute(result);
            out.flush();
            return status;
        });
        return commands;
    }
}
