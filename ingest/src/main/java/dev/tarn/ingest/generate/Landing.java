package dev.tarn.ingest.generate;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

/// A folder that a generator fills before it is read. It is filled once, whole or not at all; other
/// settings need another folder.
///
/// @param generator its name
/// @param folder absolute
public record Landing(String generator, Path folder, GeneratorSettings settings) {
    private static final Map<String, Generator> GENERATORS = Map.of("card-payments", new CardPayments());
    private static final String SETTINGS = ".generated";
    private static final Object IN_THIS_PROCESS = new Object();

    public Landing {
        if (!GENERATORS.containsKey(generator)) {
            throw new TarnException(
                    ErrorCode.CONFIG_INVALID,
                    "there is no generator '" + generator + "'; known are " + String.join(", ", GENERATORS.keySet()));
        }
    }

    /// Fills the folder if that has not been done.
    ///
    /// @throws TarnException `ALREADY_EXISTS` when it holds something else; `STORAGE_FAILED`
    public void fill() {
        synchronized (IN_THIS_PROCESS) {
            try {
                Files.createDirectories(folder.getParent());
                Path lockFile = folder.resolveSibling("." + folder.getFileName() + ".lock");
                try (FileChannel channel =
                                FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                        FileLock lock = channel.lock()) {
                    fillLocked();
                }
            } catch (IOException e) {
                throw new TarnException(ErrorCode.STORAGE_FAILED, "Generating " + folder + " failed: " + e, e);
            }
        }
    }

    private void fillLocked() throws IOException {
        String wanted = generator + " rows=" + settings.rows() + " seed=" + settings.seed() + " fraud-share="
                + settings.fraudShare() + "\n";
        if (Files.exists(folder)) {
            Path note = folder.resolve(SETTINGS);
            if (Files.exists(note) && Files.readString(note).equals(wanted)) {
                return;
            }
            throw new TarnException(
                    ErrorCode.ALREADY_EXISTS,
                    folder + " holds files that were not generated with these settings (" + wanted.strip()
                            + "); remove it, or generate into another folder");
        }
        Path unfinished = folder.resolveSibling("." + folder.getFileName() + ".unfinished");
        deleteAll(unfinished);
        Files.createDirectories(unfinished);
        GENERATORS.get(generator).write(unfinished, settings);
        Files.writeString(unfinished.resolve(SETTINGS), wanted);
        Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void deleteAll(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            paths.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.delete(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
