package dev.tarn.model.artifact;

import dev.tarn.core.digest.Sha256;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/// Files that come in parts. A part lies aside until all are there; then the file appears whole.
public final class MultipartUploads {
    /// The most parts of one file.
    public static final int PARTS_MAX = 10_000;

    private static final String TARGET = "target";
    /// Uploads that nobody finished go when a new one begins.
    private static final Duration KEPT = Duration.ofDays(1);

    private static final int UNFINISHED_MAX = 1_000;

    private final ArtifactStore artifacts;
    private final Path folder;

    MultipartUploads(ArtifactStore artifacts, Path folder) {
        this.artifacts = artifacts;
        this.folder = folder;
    }

    /// A part that came, and what was answered to it.
    public record Part(int number, String etag) {}

    /// Begins a file.
    ///
    /// @return the upload's id
    public String create(ArtifactPath target, long parts) {
        if (target.isEmpty()) {
            throw bad("the path of the file is missing");
        }
        if (parts < 1 || parts > PARTS_MAX) {
            throw bad("num_parts must be from 1 to " + PARTS_MAX + ", not " + parts);
        }
        try {
            Files.createDirectories(folder);
            forgetOld();
            String id = UUID.randomUUID().toString().replace("-", "");
            Path own = Files.createDirectory(folder.resolve(id));
            Files.writeString(own.resolve(TARGET), target.toString());
            return id;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /// Takes a part, which may come again.
    ///
    /// @return its tag
    public String write(String id, long number, InputStream content) {
        Path own = own(id);
        if (number < 1 || number > PARTS_MAX) {
            throw bad("part " + number + " is not from 1 to " + PARTS_MAX);
        }
        MessageDigest digest = Sha256.digest();
        artifacts.writeTo(own.resolve(String.valueOf(number)), new DigestInputStream(content, digest));
        return '"' + HexFormat.of().formatHex(digest.digest()) + '"';
    }

    /// Joins the parts to the file.
    ///
    /// @param parts in any order; all that there are
    public void complete(String id, ArtifactPath target, List<Part> parts) {
        Path own = own(id);
        try {
            if (!Files.readString(own.resolve(TARGET)).equals(target.toString())) {
                throw bad("the upload " + id + " is not one of '" + target + "'");
            }
            List<Path> files = new ArrayList<>();
            for (int number = 1; number <= parts.size(); number++) {
                files.add(file(own, number, parts));
            }
            if (files.isEmpty() || files.size() != count(own)) {
                throw bad(files.size() + " parts are named, and " + count(own) + " came");
            }
            List<InputStream> opened = new ArrayList<>();
            try {
                for (Path file : files) {
                    opened.add(Files.newInputStream(file));
                }
                artifacts.write(target, new SequenceInputStream(Collections.enumeration(opened)));
            } finally {
                for (InputStream in : opened) {
                    in.close();
                }
            }
        } catch (IOException e) {
            throw failed(e);
        }
        ArtifactStore.deleteAll(own);
    }

    private static Path file(Path own, int number, List<Part> parts) throws IOException {
        Path file = own.resolve(String.valueOf(number));
        Part named = parts.stream()
                .filter(part -> part.number() == number)
                .findFirst()
                .orElseThrow(() -> bad("part " + number + " of " + parts.size() + " is not named"));
        if (!Files.isRegularFile(file)) {
            throw bad("part " + number + " did not come");
        }
        String tag = named.etag().replace("\"", "");
        if (!tag.isEmpty() && !tag.equals(Sha256.hex(Files.readAllBytes(file)))) {
            throw bad("part " + number + " is not the one that has the tag " + named.etag());
        }
        return file;
    }

    /// Ends an upload, and forgets its parts.
    public void abort(String id) {
        ArtifactStore.deleteAll(own(id));
    }

    private static long count(Path own) throws IOException {
        try (Stream<Path> files = Files.list(own)) {
            return files.filter(file -> file.getFileName().toString().matches("\\d+"))
                    .count();
        }
    }

    private void forgetOld() throws IOException {
        FileTime since = FileTime.from(Instant.now().minus(KEPT));
        try (Stream<Path> uploads = Files.list(folder)) {
            List<Path> all = uploads.toList();
            int left = 0;
            for (Path upload : all) {
                if (Files.getLastModifiedTime(upload).compareTo(since) < 0) {
                    ArtifactStore.deleteAll(upload);
                } else {
                    left++;
                }
            }
            if (left >= UNFINISHED_MAX) {
                throw new TarnException(
                        ErrorCode.LIMIT_EXCEEDED, left + " uploads in parts are under way: finish or abort some");
            }
        }
    }

    private Path own(String id) {
        Path own = id.matches("[0-9a-f]{32}") ? folder.resolve(id) : folder.resolve("none");
        if (!Files.isDirectory(own)) {
            throw new TarnException(ErrorCode.NOT_FOUND, "there is no upload '" + id + "' under way");
        }
        return own;
    }

    private static TarnException bad(String message) {
        return new TarnException(ErrorCode.BAD_REQUEST, message);
    }

    private static TarnException failed(IOException e) {
        return new TarnException(ErrorCode.STORAGE_FAILED, "the parts cannot be kept: " + e.getMessage(), e);
    }
}
