package dev.tarn.feature.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedStoreTest extends StoreContract {
    @TempDir
    Path folder;

    @Override
    OnlineStore open() {
        return EmbeddedStore.open(folder.resolve("online"), 1 << 24);
    }

    @Test
    void isTheSameFromASnapshotAndALog() throws IOException {
        store.append(new OnlineStore.Batch(
                List.of(new OnlineStore.Rows("s", List.of(row("a", 1), row("b", 2)))),
                Optional.of("p"),
                List.of("x", "y")));
        store.serve("v", "s");
        store.written(1);
        ((EmbeddedStore) store).compact();
        append("s", row("a", 3));
        try (Stream<Path> files = Files.list(folder.resolve("online"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("lock", "snapshot-1", "log-1");
        }
        reopen();
        assertThat(times("s", "a")).containsExactly(1L, 3L);
        assertThat(times("s", "b")).containsExactly(2L);
        assertThat(store.position("s")).contains("p");
        assertThat(store.serving("v")).contains("s");
        assertThat(store.pushed(9)).extracting(OnlineStore.Pushed::row).containsExactly("y");
    }

    @Test
    void cutsAwayAnUnfinishedWrite() throws IOException {
        append("s", row("a", 1));
        append("s", row("a", 2));
        store.close();
        Path log = folder.resolve("online/log-0");
        long whole = Files.size(log);
        for (long cut = 1; cut < 40; cut += 7) {
            byte[] bytes = Files.readAllBytes(log);
            Files.write(log, java.util.Arrays.copyOf(bytes, (int) (whole - cut)));
            store = open();
            assertThat(times("s", "a")).containsExactly(1L);
            append("s", row("a", 2));
            assertThat(times("s", "a")).containsExactly(1L, 2L);
            store.close();
            assertThat(Files.size(log)).isEqualTo(whole);
        }
        store = open();
    }

    @Test
    void setsDamagedFilesAsideAndStartsEmpty() throws IOException {
        append("s", row("a", 1));
        append("s", row("a", 2));
        store.close();
        try (FileChannel channel = FileChannel.open(folder.resolve("online/log-0"), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 20);
        }
        store = open();
        assertThat(((EmbeddedStore) store).setAside().orElse(""))
                .contains("log-0 is damaged at byte 0")
                .contains("filled again");
        assertThat(times("s", "a")).isEmpty();
        append("s", row("a", 3));
        reopen();
        assertThat(times("s", "a")).containsExactly(3L);
    }

    @Test
    void refusesWhatDoesNotFit() {
        OnlineStore.Row large = new OnlineStore.Row("a", 1, new byte[1 << 23]);
        append("s", large);
        assertThatThrownBy(() -> append("s", large, large)).hasMessageContaining("the online store is full");
        store.drop("s");
        append("s", row("a", 1));
        assertThat(times("s", "a")).containsExactly(1L);
    }

    @Test
    void isOpenOnce() {
        assertThatThrownBy(this::open).hasMessageContaining("is in use");
    }

    /// Writes as fast as it can and says after each write which it was; the parent kills it.
    public static final class Writer {
        private Writer() {}

        public static void main(String[] args) {
            try (OnlineStore store = EmbeddedStore.open(Path.of(args[0]), 1 << 28)) {
                for (long i = Long.parseLong(args[1]); ; i++) {
                    store.append(new OnlineStore.Batch(
                            List.of(new OnlineStore.Rows("s", List.of(row("a", i), row("b", i)))),
                            Optional.of(Long.toString(i)),
                            List.of()));
                    System.out.println(i);
                    if (i % 50 == 0) {
                        ((EmbeddedStore) store).compact();
                    }
                }
            }
        }
    }

    @Test
    void losesNothingToKillMinusNine() throws Exception {
        Path place = folder.resolve("killed");
        long next = 1;
        for (int round = 0; round < 3; round++) {
            Process writer = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Writer.class.getName(),
                            place.toString(),
                            Long.toString(next))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            long said = 0;
            try (BufferedReader lines = writer.inputReader()) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    said = Long.parseLong(line);
                    if (said >= next + 120 + 17L * round) {
                        writer.destroyForcibly();
                        break;
                    }
                }
            }
            assertThat(writer.waitFor(30, TimeUnit.SECONDS)).isTrue();
            try (EmbeddedStore after = EmbeddedStore.open(place, 1 << 28)) {
                assertThat(after.setAside()).isEmpty();
                List<Long> a = times(after.read("s", List.of("a"), 0).getFirst());
                List<Long> b = times(after.read("s", List.of("b"), 0).getFirst());
                // Nothing that was said is lost, nothing is there twice, and rows and position are of one write.
                assertThat(a)
                        .hasSizeGreaterThanOrEqualTo((int) said)
                        .isEqualTo(b)
                        .doesNotHaveDuplicates();
                assertThat(after.position("s")).contains(Long.toString(a.getLast()));
                assertThat(a.getLast()).isEqualTo(a.size());
                next = a.getLast() + 1;
            }
        }
    }
}
