package dev.tarn.transform;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A lake for all tests of a class, and an empty dbt project on a branch of its own for each.
abstract class OnALake {
    @TempDir
    static Path state;

    static TestLake lake;

    @TempDir
    Path folder;

    DbtProject project;

    @BeforeAll
    static void open() {
        lake = new TestLake(state);
    }

    @AfterAll
    static void close() {
        lake.close();
    }

    @BeforeEach
    void begin() {
        project = new DbtProject(folder, lake);
    }
}
