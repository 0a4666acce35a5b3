package dev.tarn.lake.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;

/// What it takes for files and names to survive a power cut.
public final class Durable {
    /// How the names of files end that are still being written; nothing may refer to one.
    public static final String TEMPORARY = ".tmp";

    private Durable() {}

    /// Makes the names inside a folder durable.
    public static void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /// Makes a file's bytes durable.
    public static void syncFile(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /// Makes a folder and its missing parents, each durably.
    public static void createFolders(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Deque<Path> missing = new ArrayDeque<>();
        for (Path each = folder; each != null && !Files.isDirectory(each); each = each.getParent()) {
            missing.push(each);
        }
        for (Path each : missing) {
            Files.createDirectories(each);
            Path parent = each.getParent();
            if (parent != null) {
                syncFolder(parent);
            }
        }
    }
}
