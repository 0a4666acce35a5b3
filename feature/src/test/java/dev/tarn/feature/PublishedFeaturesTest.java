package dev.tarn.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.feature.FeatureSelection;
import dev.tarn.core.feature.FeatureValue;
import dev.tarn.core.identity.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.iceberg.catalog.TableIdentifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Features move with the publish: who reads after it sees all views as its tables have them, and nobody sees one view
/// before it and another after it, also when the process is killed.
class PublishedFeaturesTest {
    private static final FeatureSelection BOTH = new FeatureSelection.Names(List.of("added:rows", "rebuilt:number"));

    @TempDir
    Path folder;

    @Test
    void readersSeeOnePublishAtATime() throws Exception {
        try (PublishedProject project = PublishedProject.open(folder)) {
            project.publish(1);
            project.stage().keepUpToDate(Duration.ofHours(1), PublishedProject.WAIT);
            assertThat(numbers(project)).containsExactly(1L, 1L);
            AtomicBoolean stop = new AtomicBoolean();
            AtomicInteger reads = new AtomicInteger();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            List<Thread> readers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                readers.add(Thread.ofVirtual().start(() -> {
                    try {
                        while (!stop.get()) {
                            List<Long> seen = numbers(project);
                            assertThat(seen.get(0))
                                    .as("of one publish: %s", seen)
                                    .isEqualTo(seen.get(1));
                            reads.incrementAndGet();
                        }
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                }));
            }
            for (long publish = 2; publish <= 5; publish++) {
                project.publish(publish);
                assertThat(numbers(project)).containsExactly(publish, publish);
            }
            stop.set(true);
            for (Thread reader : readers) {
                reader.join();
            }
            assertThat(failure.get()).isNull();
            assertThat(reads.get()).isPositive();
            long last = project.lake().publishes(1).getFirst().id();
            project.lake().undo(last, Identity.local("test"));
            assertThat(numbers(project)).containsExactly(4L, 4L);
        }
    }

    @Test
    void aViewThatCannotFollowSaysWhyAndStopsNoOther() throws Exception {
        try (PublishedProject project = PublishedProject.open(folder)) {
            project.publish(1);
            project.stage().keepUpToDate(Duration.ofHours(1), PublishedProject.WAIT);
            assertThat(numbers(project)).containsExactly(1L, 1L);
            project.lake().createBranch("b", Identity.local("test"));
            project.lake().branch("b").dropTable(TableIdentifier.of("silver", "rebuilt"), false);
            project.lake().publish("b", Identity.local("test"), "drop");
            assertThatThrownBy(() -> numbers(project))
                    .hasMessageContaining("the view 'rebuilt' cannot be brought to what was last published")
                    .hasMessageContaining("silver.rebuilt");
            assertThat(read(project, new FeatureSelection.Names(List.of("added:rows"))))
                    .containsExactly(1L);
        }
    }

    @Test
    void aKillLeavesTheOldOrTheNew() throws Exception {
        int kills = Integer.getInteger("tarn.kills", 2);
        long seed = Long.getLong("tarn.kills.seed", System.nanoTime());
        System.out.println("tarn.kills.seed=" + seed);
        Random random = new Random(seed);
        try (PublishedProject project = PublishedProject.open(folder)) {
            project.publish(1);
        }
        long before = 1;
        for (int kill = 1; kill <= kills; kill++) {
            long acknowledged = Math.max(before, runChild(before, random.nextInt(1_500)));
            try (PublishedProject project = PublishedProject.open(folder)) {
                long promoted = project.promoted();
                assertThat(promoted).as("kill %s of seed %s", kill, seed).isBetween(acknowledged, acknowledged + 1);
                project.stage().keepUpToDate(Duration.ofHours(1), PublishedProject.WAIT);
                assertThat(numbers(project))
                        .as("kill %s of seed %s", kill, seed)
                        .containsExactly(promoted, promoted);
                before = promoted;
            }
        }
    }

    private static List<Long> numbers(PublishedProject project) {
        return read(project, BOTH);
    }

    private static List<Long> read(PublishedProject project, FeatureSelection selection) {
        return project
                .stage()
                .online()
                .read(selection, List.of(Map.of("client", 7L)), Instant.now())
                .getFirst()
                .stream()
                .map(FeatureValue::value)
                .map(value -> ((Number) java.util.Objects.requireNonNull(value)).longValue())
                .toList();
    }

    /// Publishes and reads in a process of its own, which is killed so long after its first publish.
    ///
    /// @return the last publish that it read back
    private long runChild(long before, int killAfterMillis) throws IOException, InterruptedException {
        Path out = folder.resolve("child.out");
        Files.deleteIfExists(out);
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "--enable-native-access=ALL-UNNAMED",
                        // DuckDB unpacks its library there, and a killed process leaves it.
                        "-Djava.io.tmpdir=" + Files.createDirectories(folder.resolve("tmp")),
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Xmx700m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PublishedProject.class.getName(),
                        folder.toString(),
                        String.valueOf(before))
                .redirectOutput(out.toFile())
                .redirectError(folder.resolve("child.log").toFile())
                .start();
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
        while (process.isAlive() && Files.size(out) == 0 && System.nanoTime() < until) {
            process.waitFor(20, TimeUnit.MILLISECONDS);
        }
        assertThat(Files.size(out))
                .as(Files.readString(folder.resolve("child.log")))
                .isPositive();
        process.waitFor(killAfterMillis, TimeUnit.MILLISECONDS);
        process.destroyForcibly().waitFor();
        List<String> lines = Files.readAllLines(out);
        // The last line may be cut.
        return lines.stream()
                .filter(line -> line.endsWith("."))
                .mapToLong(line -> Long.parseLong(line.substring(0, line.length() - 1)))
                .max()
                .orElse(before);
    }
}
