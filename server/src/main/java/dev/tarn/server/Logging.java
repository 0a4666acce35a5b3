package dev.tarn.server;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.project.Project;
import java.io.IOException;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.logging.FileHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// Where the log goes: into rotating files of the project, never to the terminal.
public final class Logging {
    private static final int FILE_BYTES_MAX = 10 << 20;
    private static final int FILES = 5;
    /// Libraries that tell of their ordinary work at the level of news.
    private static final List<String> TALKATIVE = List.of("org.eclipse.jetty", "io.javalin", "io.airlift", "io.trino");
    /// Kept, since the log manager forgets the levels of loggers that nobody holds.
    private static final List<Logger> QUIETED = new java.util.ArrayList<>();

    private Logging() {}

    /// Takes the terminal away from the log; until [#toFiles] only errors of level SEVERE are kept in memory by nobody.
    public static void quiet() {
        LogManager.getLogManager().reset();
        Logger root = Logger.getLogger("");
        root.setLevel(Level.INFO);
        for (String name : TALKATIVE) {
            Logger logger = Logger.getLogger(name);
            logger.setLevel(Level.WARNING);
            QUIETED.add(logger);
        }
    }

    /// Logs into `.tarn/logs/<name>.N.log`, five files of 10 MB in turn.
    ///
    /// @throws TarnException `STORAGE_FAILED` when the folder cannot be written
    public static void toFiles(Project project, String name) {
        quiet();
        try {
            Handler files = new FileHandler(
                    project.logs().resolve(name + ".%g.log").toString().replace("%h", "%%h"),
                    FILE_BYTES_MAX,
                    FILES,
                    true);
            files.setFormatter(new Line());
            Logger.getLogger("").addHandler(files);
        } catch (IOException e) {
            throw new TarnException(
                    ErrorCode.STORAGE_FAILED,
                    "cannot write to " + project.logs() + ": give this user permission to write there",
                    e);
        }
    }

    /// `2026-01-31T12:00:00.123+01:00 WARNING name: message`, then the stack if there is one.
    private static final class Line extends Formatter {
        private static final DateTimeFormatter TIME = DateTimeFormatter.ISO_OFFSET_DATE_TIME;

        @Override
        public String format(LogRecord line) {
            StringBuilder text = new StringBuilder();
            text.append(TIME.format(line.getInstant()
                    .truncatedTo(java.time.temporal.ChronoUnit.MILLIS)
                    .atZone(ZoneId.systemDefault())));
            text.append(' ').append(line.getLevel().getName()).append(' ').append(line.getLoggerName());
            text.append(": ").append(formatMessage(line)).append('\n');
            if (line.getThrown() != null) {
                java.io.StringWriter stack = new java.io.StringWriter();
                line.getThrown().printStackTrace(new java.io.PrintWriter(stack));
                text.append(stack);
            }
            return text.toString();
        }
    }
}
