package dev.tarn.ingest;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.ingest.read.SourceFile;
import java.util.Locale;

/// The format of a file: what its source says, or else its name without the packing's ending.
final class Formats {
    private Formats() {}

    static FileFormat of(FileSource source, SourceFile file) {
        return source.format().orElseGet(() -> byName(source, file));
    }

    private static FileFormat byName(FileSource source, SourceFile file) {
        String name = file.path().getFileName().toString().toLowerCase(Locale.ROOT);
        String plain = name.replaceAll("\\.(gz|gzip|zst|zstd)$", "");
        return switch (plain.substring(plain.lastIndexOf('.') + 1)) {
            case "csv", "tsv", "txt", "psv" -> FileFormat.CSV;
            case "json" -> FileFormat.JSON;
            case "ndjson", "jsonl" -> FileFormat.NDJSON;
            case "parquet", "pq" -> FileFormat.PARQUET;
            default ->
                throw new TarnException(
                                ErrorCode.SOURCE_UNREADABLE,
                                "The name of " + file.path()
                                        + " does not say its format; set format: csv, json, ndjson or parquet")
                        .in("source", source.name());
        };
    }
}
