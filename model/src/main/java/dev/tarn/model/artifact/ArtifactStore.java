package dev.tarn.model.artifact;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/// Files in one folder. A file appears whole or not at all, and is on the disk when a write returns.
public final class ArtifactStore {
    /// The most that one upload may hold.
    public static final long MAX_BYTES = 5L << 30;

    private static final int LIST_MAX = 100_000;
    private static final String PART = ".part-";

    private final Path root;

    /// @param root made when it does not exist
    public ArtifactStore(Path root) {
        try {
            this.root = Files.createDirectories(root).toRealPath();
        } catch (IOException e) {
            throw new TarnException(
                    ErrorCode.STORAGE_FAILED, "cannot make the artifacts' folder " + root + ": " + e, e);
        }
    }

    /// @param path as clients name it, below the listed folder's root
    /// @param bytes 0 for a folder
    public record Entry(String path, boolean isFolder, long bytes) {}

    /// Writes a file, replacing what was there.
    public void write(ArtifactPath path, InputStream content) {
        if (path.isEmpty()) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "the path of the file is missing");
        }
        Path target = locate(path);
        try {
            Files.createDirectories(folderOf(target));
            checkInside(folderOf(target), path);
        } catch (IOException e) {
            throw failed(e).in("artifact", path);
        }
        try {
            writeTo(target, content);
        } catch (TarnException e) {
            throw e.in("artifact", path);
        }
    }

    /// Files that come in parts.
    public MultipartUploads uploads() {
        return new MultipartUploads(this, root.resolve(PART + "uploads"));
    }

    /// Writes a file that appears whole.
    void writeTo(Path target, InputStream content) {
        Path part = target.resolveSibling(PART + UUID.randomUUID());
        try {
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                    OutputStream out = java.nio.channels.Channels.newOutputStream(channel)) {
                copy(content, out);
                channel.force(true);
            }
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            syncFolder(folderOf(target));
        } catch (IOException e) {
            throw failed(e);
        } finally {
            deleteQuietly(part);
        }
    }

    private static TarnException failed(IOException e) {
        return new TarnException(ErrorCode.STORAGE_FAILED, "cannot write the artifact: " + e.getMessage(), e);
    }

    /// Writes bytes.
    public void write(ArtifactPath path, byte[] content) {
        write(path, new java.io.ByteArrayInputStream(content));
    }

    private static void copy(InputStream in, OutputStream out) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long total = 0;
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            total += n;
            if (total > MAX_BYTES) {
                throw new TarnException(
                        ErrorCode.LIMIT_EXCEEDED, "the artifact is larger than " + MAX_BYTES + " bytes");
            }
            out.write(buffer, 0, n);
        }
    }

    /// The file's place on this machine, for reading.
    ///
    /// @throws TarnException `NOT_FOUND` when there is no such file
    public Path file(ArtifactPath path) {
        Path file = locate(path);
        if (!Files.isRegularFile(file)) {
            throw new TarnException(ErrorCode.NOT_FOUND, "No artifact '" + path + "'");
        }
        checkInside(file, path);
        return file;
    }

    /// What is in a folder, sorted by name; empty when there is no such folder.
    ///
    /// @param base what the entries' paths start from
    public List<Entry> list(ArtifactPath base, ArtifactPath below) {
        Path folder = locate(base.resolve(below));
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        checkInside(folder, base);
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> !file.getFileName().toString().startsWith(PART))
                    .filter(file -> !Files.isSymbolicLink(file))
                    .sorted()
                    .limit(LIST_MAX)
                    .map(file -> entry(below, file))
                    .toList();
        } catch (IOException e) {
            throw new TarnException(ErrorCode.STORAGE_FAILED, "cannot list the artifacts: " + e.getMessage(), e);
        }
    }

    private static Entry entry(ArtifactPath below, Path file) {
        String name = file.getFileName().toString();
        String path = below.isEmpty() ? name : below + "/" + name;
        boolean folder = Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS);
        try {
            return new Entry(path, folder, folder ? 0 : Files.size(file));
        } catch (IOException e) {
            throw new TarnException(ErrorCode.STORAGE_FAILED, "cannot read the artifact " + path, e);
        }
    }

    /// Deletes a file, or a folder with all that is in it; nothing when there is none.
    public void delete(ArtifactPath path) {
        if (path.isEmpty()) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "the artifacts' folder itself is not deleted");
        }
        Path start = locate(path);
        if (!Files.exists(start, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        checkInside(start, path);
        deleteAll(start);
    }

    /// Deletes a file, or a folder with all that is in it.
    static void deleteAll(Path start) {
        try (Stream<Path> files = Files.walk(start)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new TarnException(
                    ErrorCode.STORAGE_FAILED, "cannot delete " + start.getFileName() + ": " + e.getMessage(), e);
        }
    }

    private Path locate(ArtifactPath path) {
        Path place = root;
        for (String name : path.names()) {
            if (name.startsWith(PART)) {
                throw new TarnException(
                        ErrorCode.BAD_REQUEST, "Invalid path: '" + path + "': names do not start with " + PART);
            }
            place = place.resolve(name);
        }
        if (!place.normalize().equals(place) || !place.startsWith(root)) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "Invalid path: '" + path + "'");
        }
        return place;
    }

    /// A link that someone put into the folder does not lead out of it either.
    private void checkInside(Path place, ArtifactPath path) {
        try {
            if (!place.toRealPath().startsWith(root)) {
                throw new TarnException(ErrorCode.BAD_REQUEST, "Invalid path: '" + path + "'");
            }
        } catch (IOException e) {
            throw new TarnException(ErrorCode.NOT_FOUND, "No artifact '" + path + "'", e);
        }
    }

    private static Path folderOf(Path file) {
        return java.util.Objects.requireNonNull(file.getParent());
    }

    private static void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void deleteQuietly(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            // A part that stays is never listed; the write's own failure is what counts.
        }
    }
}
