package dev.tarn.feature.definition;

import dev.tarn.core.config.Section;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Where a definition stands, for errors that are found only when its tables are looked at.
public record Place(Path file, int line) {
    static Place of(Section section) {
        return new Place(section.file(), section.line());
    }

    /// An error about the definition, with file and line.
    public TarnException error(String message) {
        return error(message, null);
    }

    /// An error about the definition, with file, line and cause.
    public TarnException error(String message, @Nullable Throwable cause) {
        return new TarnException(ErrorCode.CONFIG_INVALID, file + ":" + line + ": " + message, cause);
    }
}
