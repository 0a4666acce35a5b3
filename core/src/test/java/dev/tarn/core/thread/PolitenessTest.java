package dev.tarn.core.thread;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class PolitenessTest {
    @Test
    @EnabledOnOs(OS.LINUX)
    void onlyTheThreadThatGivesWayIsMadeNicer() throws Exception {
        int before = niceness();
        CompletableFuture<Integer> polite = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> {
            try {
                Politeness.giveWay();
                polite.complete(niceness());
            } catch (Throwable e) {
                polite.completeExceptionally(e);
            }
        });
        assertThat(polite.get()).isEqualTo(Math.max(before, 10));
        assertThat(niceness()).isEqualTo(before);
    }

    /// Of the calling thread: the nineteenth field in `proc_pid_stat(5)`, the seventeenth after its name.
    private static int niceness() throws Exception {
        String stat = Files.readString(Path.of("/proc/thread-self/stat"));
        List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
        return Integer.parseInt(fields.get(16));
    }
}
