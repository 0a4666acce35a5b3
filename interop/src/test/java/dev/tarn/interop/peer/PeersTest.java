package dev.tarn.interop.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeersTest {
    @TempDir
    Path folder;

    /// The proof by difference holds only between the same versions.
    @Test
    void realTrinoIsOfTheVersionOfTheFrontEnd() throws Exception {
        Path root = Checkout.root();
        assertThat(trinoVersion(root.resolve("interop/peers/trino/pom.xml")))
                .isEqualTo(trinoVersion(root.resolve("pom.xml")));
    }

    @Test
    void aWatchedProgramEndsWithItsStandardInput() throws Exception {
        PeerProcess sleeper = PeerProcess.startWatched(
                "sleeper", List.of("sh", "-c", "echo $$ > pid.part; mv pid.part pid; exec sleep 60"), Map.of(), folder);
        long pid = Long.parseLong(sleeper.awaitFile(folder.resolve("pid"), Duration.ofSeconds(10)));
        assertThat(ProcessHandle.of(pid)).isPresent();

        sleeper.close();

        assertThat(sleeper.isAlive()).isFalse();
        for (int i = 0;
                i < 100 && ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
                i++) {
            Thread.sleep(50);
        }
        assertThat(ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false))
                .isFalse();
    }

    @Test
    void aProgramThatEndsEarlyIsReportedWithItsOutput() throws Exception {
        try (PeerProcess broken =
                PeerProcess.start("broken", List.of("sh", "-c", "echo no luck; exit 3"), Map.of(), folder)) {
            assertThat(org.assertj.core.api.Assertions.catchThrowable(
                            () -> broken.awaitFile(folder.resolve("never"), Duration.ofSeconds(10))))
                    .hasMessageContaining("status 3")
                    .hasMessageContaining("no luck");
        }
    }

    private static String trinoVersion(Path pom) throws Exception {
        Matcher version =
                Pattern.compile("<trino.version>(.*?)</trino.version>").matcher(Files.readString(pom));
        assertThat(version.find()).as("trino.version in " + pom).isTrue();
        return version.group(1);
    }
}
