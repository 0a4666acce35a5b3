package dev.tarn.ingest.read;

import java.nio.file.Path;
import java.time.Instant;

/// A file to load. Two files are the same if path, size and time of change are.
///
/// @param path absolute
public record SourceFile(Path path, long sizeBytes, Instant modified) {}
