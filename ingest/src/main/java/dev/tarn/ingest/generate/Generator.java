package dev.tarn.ingest.generate;

import java.io.IOException;
import java.nio.file.Path;

/// Writes made-up files. The same parameters give the same bytes, on every machine.
public interface Generator {
    /// Fills an empty folder.
    void write(Path folder, GeneratorSettings settings) throws IOException;
}
