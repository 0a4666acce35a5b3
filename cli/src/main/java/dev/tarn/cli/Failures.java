package dev.tarn.cli;

import dev.tarn.core.config.Nearest;
import dev.tarn.core.error.Blame;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.PrintWriter;
import java.util.List;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/// Failures as one line for a person and an exit status for a script.
final class Failures {
    private Failures() {}

    static int execution(Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        command.getOut().flush();
        PrintWriter err = command.getErr();
        TarnException tarn = failure instanceof TarnException known
                ? known
                : new TarnException(ErrorCode.INTERNAL_ERROR, String.valueOf(failure), failure);
        print(err, tarn);
        return tarn.code().blame().exitStatus();
    }

    /// One line; a defect of Tarn's own keeps its stack trace.
    static void print(PrintWriter err, TarnException failure) {
        err.println("error " + failure.code() + ": " + failure.describe());
        if (failure.code().blame() == Blame.INTERNAL) {
            LoggerFactory.getLogger(Failures.class).error("{}", failure.describe(), failure);
            failure.printStackTrace(err);
            err.println("This is a defect in Tarn: please report it with the lines above.");
        }
        err.flush();
    }

    static int parameters(CommandLine.ParameterException failure, String[] args) {
        CommandLine command = failure.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("error " + ErrorCode.USAGE + ": " + message(failure, command) + nearest(failure, command));
        err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        err.flush();
        return ErrorCode.USAGE.blame().exitStatus();
    }

    private static String message(CommandLine.ParameterException failure, CommandLine command) {
        boolean unknown = failure instanceof CommandLine.UnmatchedArgumentException unmatched
                && !unmatched.isUnknownOption()
                && !unmatched.getUnmatched().isEmpty()
                && command.getCommandSpec().positionalParameters().isEmpty()
                && !command.getSubcommands().isEmpty();
        return unknown
                ? "there is no command '"
                        + ((CommandLine.UnmatchedArgumentException) failure)
                                .getUnmatched()
                                .getFirst() + "'"
                : failure.getMessage();
    }

    private static String nearest(CommandLine.ParameterException failure, CommandLine command) {
        if (!(failure instanceof CommandLine.UnmatchedArgumentException unmatched)
                || unmatched.getUnmatched().isEmpty()) {
            return "";
        }
        String word = unmatched.getUnmatched().getFirst();
        List<String> known = word.startsWith("-")
                ? command.getCommandSpec().options().stream()
                        .flatMap(option -> java.util.Arrays.stream(option.names()))
                        .toList()
                : List.copyOf(command.getSubcommands().keySet());
        return Nearest.of(word, known)
                .map(name -> "; did you mean '" + name + "'?")
                .orElse("");
    }
}
