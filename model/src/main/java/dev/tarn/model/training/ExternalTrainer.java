package dev.tarn.model.training;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.model.packaging.Encoder;
import dev.tarn.model.packaging.OnnxModel;
import dev.tarn.model.training.TrainingFile.Candidate;
import dev.tarn.model.training.TrainingFile.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;

/// Trains with a program of the user's: it is started with the paths of a Parquet or CSV file to read (float
/// columns in the model's order, and last `label`) and of an ONNX file to write, in the environment as
/// `TARN_TRAIN`, `TARN_MODEL` and `TARN_SEED`, and with each parameter as `TARN_PARAM_NAME`.
final class ExternalTrainer {
    /// How many rows a new model is tried on before it is believed to be one.
    private static final int ROWS_TRIED = 100;

    private ExternalTrainer() {}

    /// @param folder where the command is started
    /// @throws TarnException `BAD_REQUEST` when the command fails or takes too long, `MODEL_INVALID` when what it
    ///     wrote is no model of these rows
    static Learner.Learned learn(Candidate candidate, Examples train, long seed, Path folder) {
        Program program = candidate.program().orElseThrow();
        train.requireBothClasses("a part to learn from");
        Encoder encoder = Learner.encoder(train.inputs, true);
        Path own = null;
        try {
            own = Files.createTempDirectory("tarn-train-");
            String format = program.format().name().toLowerCase(Locale.ROOT);
            Path data = own.resolve("train." + format);
            Path onnx = own.resolve("model.onnx");
            write(train, encoder, data, format);
            Map<String, String> environment = new HashMap<>();
            candidate
                    .parameters()
                    .forEach((name, value) -> environment.put(
                            "TARN_PARAM_" + name.toUpperCase(Locale.ROOT).replace('-', '_'), value));
            environment.put("TARN_TRAIN", data.toString());
            environment.put("TARN_MODEL", onnx.toString());
            environment.put("TARN_SEED", String.valueOf(seed));
            String said = run(program, folder, environment);
            if (!Files.isRegularFile(onnx) || Files.size(onnx) == 0) {
                throw failed(program, "wrote no model to $TARN_MODEL", said);
            }
            byte[] file = read(onnx);
            tryOut(file, encoder, train);
            return new Learner.Learned(encoder, file, said);
        } catch (IOException | SQLException e) {
            throw new TarnException(
                    ErrorCode.STORAGE_FAILED, "the training set cannot be written: " + e.getMessage(), e);
        } catch (TarnException e) {
            throw e.code() == ErrorCode.MODEL_INVALID ? e.in("trainer", words(program)) : e;
        } finally {
            delete(own);
        }
    }

    private static byte[] read(Path onnx) throws IOException {
        if (Files.size(onnx) > OnnxModel.MAX_BYTES) {
            throw new TarnException(
                    ErrorCode.MODEL_INVALID,
                    "the model has " + Files.size(onnx) + " bytes, and the most is " + OnnxModel.MAX_BYTES);
        }
        return Files.readAllBytes(onnx);
    }

    private static void tryOut(byte[] file, Encoder encoder, Examples train) {
        Encoder.Encoding encoding = encoder.start();
        try (OnnxModel model = OnnxModel.read(file, encoder.columns().size())) {
            for (int row = 0; row < Math.min(ROWS_TRIED, train.rows()); row++) {
                model.predict(encoding.encode(train.row(row)));
            }
        }
    }

    private static void write(Examples train, Encoder encoder, Path file, String format) throws SQLException {
        List<String> names = encoder.columnNames();
        StringBuilder table = new StringBuilder("CREATE TABLE train (");
        names.forEach(
                name -> table.append('"').append(name.replace("\"", "\"\"")).append("\" FLOAT, "));
        table.append("label INTEGER)");
        Encoder.Encoding encoding = encoder.start();
        try (DuckDBConnection connection =
                        DriverManager.getConnection("jdbc:duckdb:").unwrap(DuckDBConnection.class);
                Statement statement = connection.createStatement()) {
            statement.execute(table.toString());
            try (DuckDBAppender appender = connection.createAppender("train")) {
                for (int row = 0; row < train.rows(); row++) {
                    appender.beginRow();
                    for (float number : encoding.encode(train.row(row))) {
                        appender.append(number);
                    }
                    appender.append(train.label[row] ? 1 : 0);
                    appender.endRow();
                }
            }
            statement.execute("COPY train TO '" + file.toString().replace("'", "''") + "' (FORMAT " + format + ")");
        }
    }

    /// @return the end of what the command said
    private static String run(Program program, Path folder, Map<String, String> environment) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(program.command()).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw failed(program, "cannot be started in " + folder + ": " + e.getMessage(), "");
        }
        Tail tail = Tail.of(process.getInputStream());
        try {
            // Whoever asks something finds nobody there, and does not wait for an answer.
            process.getOutputStream().close();
            if (!process.waitFor(program.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
                stop(process);
                throw failed(
                        program,
                        "ran for more than its timeout of " + program.timeout().toSeconds()
                                + " s and was stopped; give it more with 'timeout'",
                        tail.text());
            }
            if (process.exitValue() != 0) {
                throw failed(program, "ended with status " + process.exitValue(), tail.text());
            }
            return tail.text();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TarnException(ErrorCode.CANCELLED, "the training was cancelled", e);
        } finally {
            stop(process);
        }
    }

    /// With all that it started.
    private static void stop(Process process) {
        List<ProcessHandle> all = process.descendants().toList();
        process.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
    }

    private static TarnException failed(Program program, String why, String said) {
        return new TarnException(
                ErrorCode.BAD_REQUEST,
                "the trainer '" + words(program) + "' " + why + (said.isBlank() ? "" : ":\n" + said.strip()));
    }

    private static String words(Program program) {
        return String.join(" ", program.command());
    }

    private static void delete(@Nullable Path folder) {
        if (folder == null) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // Left to the system, which empties its temporary folder.
        }
    }
}
