package dev.tarn.ingest;

import dev.tarn.core.error.TarnException;
import java.util.stream.Collectors;

/// What lies where a source's rows come from.
public final class SourceState {
    private SourceState() {}

    /// What tells a source's files now from those of another time: their names, sizes and times.
    ///
    /// @throws TarnException `SOURCE_UNREADABLE`
    public static String of(Source source) {
        return switch (source) {
            case FileSource files ->
                FileListing.list(files).stream().map(Object::toString).collect(Collectors.joining("\n"));
        };
    }
}
