package dev.tarn.lake.storage;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// Iceberg's files in a local folder, without Hadoop.
///
/// A file appears under its name only when it is whole and on the disk: it is written beside its place,
/// synced, renamed, and then the folder is synced. Reading is allowed anywhere; writing and deleting only
/// below the warehouse, symbolic links included, so that no metadata from outside can make Tarn harm other files.
public final class LocalFileIO implements SupportsPrefixOperations, CheckedFiles {
    private static final long serialVersionUID = 1L;
    private static final String SCHEME = "file:";

    private final String root;
    private final transient @Nullable Digests digests;

    /// Files that are not compared with what was written.
    ///
    /// @param warehouse the folder below which files may be written; made when missing
    public LocalFileIO(Path warehouse) {
        this(warehouse, null);
    }

    /// @param warehouse the folder below which files may be written; made when missing
    /// @param digests of the files in it; null to compare nothing
    public LocalFileIO(Path warehouse, @Nullable Digests digests) {
        this.digests = digests;
        try {
            Files.createDirectories(warehouse);
            this.root = warehouse.toRealPath().toString();
        } catch (IOException e) {
            throw StorageErrors.of("make the warehouse folder", warehouse, e);
        }
    }

    /// The warehouse folder, without symbolic links.
    public Path root() {
        return Path.of(root);
    }

    /// The location that Iceberg's metadata records for a path, such as `file:///lake/warehouse/x`.
    public static String location(Path path) {
        return "file://" + path.toAbsolutePath().normalize();
    }

    /// The path of a location: `file:///a`, `file:/a` or `/a`. Nothing in it is decoded.
    ///
    /// @throws TarnException `BAD_REQUEST` when the location is not a local one
    public static Path path(String location) {
        String text = location;
        if (text.startsWith(SCHEME)) {
            text = text.substring(SCHEME.length());
            if (text.startsWith("//")) {
                text = text.substring(2);
            }
        }
        if (!text.startsWith("/")) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST, "'" + location + "' is not a local file: expected file:///… or /…");
        }
        try {
            return Path.of(text).normalize();
        } catch (java.nio.file.InvalidPathException e) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "'" + location + "' is not a file's path", e);
        }
    }

    @Override
    public InputFile newInputFile(String location) {
        return new LocalInputFile(location, path(location), -1, this);
    }

    @Override
    public InputFile newInputFile(String location, long length) {
        return new LocalInputFile(location, path(location), length, this);
    }

    @Override
    public OutputFile newOutputFile(String location) {
        return new LocalOutputFile(location, confined(location), null, this);
    }

    @Override
    public void check(Collection<String> locations) {
        if (digests != null) {
            digests.check(locations.stream().map(LocalFileIO::path).toList());
        }
    }

    @Override
    public void written(Collection<String> locations) {
        if (digests != null) {
            locations.parallelStream().map(LocalFileIO::path).forEach(path -> {
                try {
                    digests.written(path);
                } catch (IOException e) {
                    throw StorageErrors.of("read", path, e);
                }
            });
        }
    }

    /// Remembers what was written to a file.
    void written(Path file, long bytes, long crc) {
        if (digests != null) {
            digests.written(file, bytes, crc);
        }
    }

    /// Compares a file of the warehouse that is about to be read; one elsewhere is not ours to judge.
    void check(Path file) {
        if (digests != null && file.startsWith(root()) && Files.exists(file)) {
            digests.check(List.of(file));
        }
    }

    /// Saves the digests that wait, in the transaction that makes the files count.
    public void saveDigests(Handle handle) {
        if (digests != null) {
            digests.save(handle);
        }
    }

    @Override
    public void deleteFile(String location) {
        Path path = confined(location);
        try {
            Files.delete(path);
            if (digests != null) {
                digests.deleted(path);
            }
        } catch (NoSuchFileException gone) {
            // Deleting is repeatable: what is gone is deleted.
        } catch (IOException e) {
            throw StorageErrors.of("delete", path, e);
        }
    }

    /// The files below a folder, with sizes and times; an absent folder has none.
    @Override
    public Iterable<FileInfo> listPrefix(String prefix) {
        Path folder = path(prefix);
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<FileInfo> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                files.add(new FileInfo(
                        location(file),
                        attributes.size(),
                        attributes.lastModifiedTime().toMillis()));
            }
        } catch (UncheckedIOException e) {
            throw StorageErrors.of("list", folder, e.getCause());
        } catch (IOException e) {
            throw StorageErrors.of("list", folder, e);
        }
        return files;
    }

    @Override
    public void deletePrefix(String prefix) {
        Path folder = confined(prefix);
        if (folder.equals(root())) {
            throw new TarnException(ErrorCode.FORBIDDEN, "the warehouse folder itself is not deleted: " + folder);
        }
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path done, @Nullable IOException e) throws IOException {
                    if (e != null) {
                        throw e;
                    }
                    Files.deleteIfExists(done);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (NoSuchFileException gone) {
            // Nothing there to delete.
        } catch (IOException e) {
            throw StorageErrors.of("delete", folder, e);
        }
    }

    @Override
    public Map<String, String> properties() {
        return Map.of();
    }

    @Override
    public void initialize(Map<String, String> properties) {
        // Everything it needs was given to the constructor.
    }

    @Override
    public void close() {
        if (digests != null) {
            digests.close();
        }
    }

    /// The path of a location that lies below the warehouse, links followed.
    ///
    /// @throws TarnException `FORBIDDEN` when it does not
    public Path confined(String location) {
        Path path = path(location);
        Path warehouse = root();
        if (!path.startsWith(warehouse)) {
            throw outside(location);
        }
        Path existing = path;
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        try {
            if (!existing.toRealPath().startsWith(warehouse)) {
                throw outside(location);
            }
        } catch (IOException e) {
            throw StorageErrors.of("resolve", path, e);
        }
        return path;
    }

    private TarnException outside(String location) {
        return new TarnException(
                ErrorCode.FORBIDDEN,
                "'" + location + "' lies outside the warehouse " + location(root())
                        + ": Tarn writes and deletes only inside it");
    }
}
