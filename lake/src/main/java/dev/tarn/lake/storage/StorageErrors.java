package dev.tarn.lake.storage;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;
import org.apache.iceberg.exceptions.NotFoundException;

/// Words for what can go wrong with a disk.
public final class StorageErrors {
    private StorageErrors() {}

    /// The error for a failed action on a file.
    ///
    /// @param action what was tried, such as `write`
    /// @return `STORAGE_FAILED`, or Iceberg's [NotFoundException] for a missing file, which Iceberg's own code
    ///     expects
    public static RuntimeException of(String action, Path file, IOException cause) {
        String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        if (cause instanceof NoSuchFileException || cause instanceof FileNotFoundException) {
            return new NotFoundException(cause, "File does not exist: %s", file);
        }
        if (cause instanceof AccessDeniedException || text.contains("permission denied")) {
            return failed(
                    "cannot " + action + " " + file + ": permission denied; let the user who runs Tarn "
                            + (action.startsWith("read") ? "read it" : "write there"),
                    cause);
        }
        if (text.contains("no space left") || text.contains("quota exceeded")) {
            return failed("cannot " + action + " " + file + ": the disk is full; free some space and try again", cause);
        }
        if (text.contains("read-only file system")) {
            return failed("cannot " + action + " " + file + ": the disk is mounted read-only", cause);
        }
        if (text.contains("too many open files")) {
            return failed(
                    "cannot " + action + " " + file + ": too many open files; raise the limit (ulimit -n)", cause);
        }
        if (cause instanceof NotDirectoryException || text.contains("not a directory")) {
            return failed("cannot " + action + " " + file + ": a file stands where a folder is needed", cause);
        }
        return failed("cannot " + action + " " + file + ": " + cause.getMessage(), cause);
    }

    private static TarnException failed(String message, IOException cause) {
        return new TarnException(ErrorCode.STORAGE_FAILED, message, cause);
    }
}
