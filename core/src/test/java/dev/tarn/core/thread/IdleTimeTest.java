package dev.tarn.core.thread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class IdleTimeTest {
    private static final int SCHED_IDLE = 5;

    @Test
    @EnabledOnOs(OS.LINUX)
    void onlyTheComputingThreadGivesWay() {
        int before = policy();
        assertThat(IdleTime.compute("computing", IdleTimeTest::policy)).isEqualTo(SCHED_IDLE);
        assertThat(policy()).isEqualTo(before);
    }

    @Test
    void whatFailsThereFailsHere() {
        assertThatThrownBy(() -> IdleTime.compute("computing", () -> {
                    throw new IllegalArgumentException("no such segment");
                }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no such segment");
    }

    /// The scheduling policy of the calling thread: field 41 in `proc_pid_stat(5)`, whose second is its name.
    private static int policy() {
        try {
            String stat = Files.readString(Path.of("/proc/thread-self/stat"));
            return Integer.parseInt(
                    List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "))
                            .get(38));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
