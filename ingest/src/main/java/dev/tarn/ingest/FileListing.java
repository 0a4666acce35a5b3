package dev.tarn.ingest;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.ingest.read.SourceFile;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The files that a source's patterns name now.
final class FileListing {
    private static final String WILDCARDS = "*?[{";

    private FileListing() {}

    /// In the order of their paths.
    ///
    /// @throws TarnException `SOURCE_UNREADABLE` when a file that is named without wildcards is missing, or no
    ///     file matches and one is required
    static List<SourceFile> list(FileSource source) {
        Map<Path, SourceFile> files = new TreeMap<>();
        for (Path pattern : source.paths()) {
            try {
                add(pattern, files);
            } catch (NoSuchFileException e) {
                throw unreadable(source, "the file " + e.getFile() + " does not exist", e);
            } catch (IOException e) {
                throw unreadable(source, "reading the folder of " + pattern + " failed: " + e, e);
            }
        }
        if (files.isEmpty() && source.required()) {
            throw new TarnException(
                            ErrorCode.SOURCE_UNREADABLE,
                            "No file matches " + source.paths() + "; if that can be, set required: false")
                    .in("source", source.name());
        }
        return List.copyOf(files.values());
    }

    private static TarnException unreadable(FileSource source, String message, IOException cause) {
        return new TarnException(ErrorCode.SOURCE_UNREADABLE, message, cause).in("source", source.name());
    }

    private static void add(Path pattern, Map<Path, SourceFile> files) throws IOException {
        Path folder = pattern.getRoot();
        int depth = 0;
        for (Path name : pattern) {
            if (name.toString().chars().anyMatch(c -> WILDCARDS.indexOf(c) >= 0)) {
                break;
            }
            folder = folder.resolve(name);
            depth++;
        }
        if (depth == pattern.getNameCount() && !Files.isDirectory(pattern)) {
            BasicFileAttributes attributes = Files.readAttributes(pattern, BasicFileAttributes.class);
            files.put(pattern, file(pattern, attributes));
            return;
        }
        boolean whole = depth == pattern.getNameCount();
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString());
        }
        PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + (whole ? pattern + "/*" : pattern));
        int levels = pattern.toString().contains("**")
                ? Integer.MAX_VALUE
                : pattern.getNameCount() - depth + (whole ? 1 : 0);
        Files.walkFileTree(folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), levels, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
                if (attributes.isRegularFile()
                        && matcher.matches(path)
                        && !path.getFileName().toString().startsWith(".")) {
                    files.put(path, file(path, attributes));
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static SourceFile file(Path path, BasicFileAttributes attributes) {
        return new SourceFile(
                path,
                attributes.size(),
                attributes.lastModifiedTime().toInstant().truncatedTo(ChronoUnit.MICROS));
    }
}
