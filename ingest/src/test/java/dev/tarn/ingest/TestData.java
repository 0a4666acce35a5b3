package dev.tarn.ingest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/// The shared real data, where it is there.
final class TestData {
    private TestData() {}

    static Path folder(String name) {
        Path root = Path.of(Optional.ofNullable(System.getenv("TARN_TEST_DATA")).orElse("../../shared/data"));
        Path folder = root.resolve(name).toAbsolutePath().normalize();
        Assumptions.assumeTrue(Files.exists(folder), folder + " is not here");
        return folder;
    }
}
