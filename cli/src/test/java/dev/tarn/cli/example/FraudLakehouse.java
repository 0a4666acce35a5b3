package dev.tarn.cli.example;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.orchestrate.RunListener;
import dev.tarn.orchestrate.RunOptions;
import dev.tarn.orchestrate.RunReport;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.pipeline.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The example `examples/fraud`, copied into a folder of its own, so that tests leave the sources alone.
final class FraudLakehouse implements AutoCloseable {
    static final Identity TESTER = new Identity("tester", "test", false);

    private final Lakehouse lakehouse;

    private FraudLakehouse(Lakehouse lakehouse) {
        this.lakehouse = lakehouse;
    }

    /// Copies the example's files.
    static void copyTo(Path folder) throws IOException {
        Path example = repository().resolve("examples/fraud");
        try (Stream<Path> files = Files.walk(example)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path relative = example.relativize(file);
                if (!relative.startsWith(".tarn")) {
                    Path target = folder.resolve(relative);
                    Files.createDirectories(target.getParent());
                    Files.copy(file, target);
                }
            }
        }
    }

    static FraudLakehouse open(Path folder, Map<String, String> vars) {
        return new FraudLakehouse(Lakehouse.open(Project.load(folder, vars)));
    }

    RunReport run() {
        return run(RunListener.silent());
    }

    RunReport run(RunListener listener) {
        Pipeline pipeline = Pipeline.load(lakehouse, false, message -> {});
        return pipeline.run(pipeline.plan(List.of()), TESTER, RunOptions.defaults(), listener);
    }

    List<List<@Nullable Object>> query(String sql) {
        try (QueryResult result =
                lakehouse.engine().execute(QuerySession.of(TESTER).withZone(ZoneOffset.UTC), sql)) {
            return result.all();
        }
    }

    long number(String sql) {
        return ((Number) java.util.Objects.requireNonNull(query(sql).getFirst().getFirst())).longValue();
    }

    Lakehouse lakehouse() {
        return lakehouse;
    }

    /// The real files, when they are there.
    static Optional<Path> realFiles() {
        String named = System.getenv("TARN_TEST_DATA");
        Path data = named == null ? repository().resolve("../shared/data") : Path.of(named);
        Path folder = data.resolve("card-transactions").toAbsolutePath().normalize();
        return Files.isDirectory(folder) ? Optional.of(folder) : Optional.empty();
    }

    private static Path repository() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("mvnw"))) {
            folder = folder.getParent();
        }
        return folder;
    }

    @Override
    public void close() {
        lakehouse.close();
    }
}
