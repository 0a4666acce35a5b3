package dev.tarn.ingest;

import dev.tarn.ingest.generate.Landing;
import dev.tarn.ingest.read.CsvDialect;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Type;

/// Files in folders, each loaded once.
///
/// @param paths files, or patterns such as `/data/payments_*.csv` and `/data/**/*.json.gz`
/// @param format empty: each file's name says it
/// @param columns types that are given instead of inferred, by column name
/// @param entries whether the entries of a JSON object are the rows, as columns `key` and `value`
/// @param jsonPath the names that lead to the records of a JSON document
/// @param maxRejects the share of records from 0 to 1 that may be rejected
/// @param landing what fills the folder first, if anything does
/// @param required whether it is an error that no file is there
public record FileSource(
        TableIdentifier table,
        List<Path> paths,
        Optional<FileFormat> format,
        CsvDialect csv,
        Map<String, Type> columns,
        boolean entries,
        List<String> jsonPath,
        double maxRejects,
        OnChange onChange,
        boolean required,
        Optional<Landing> landing)
        implements Source {
    /// The share of rejects that a load survives unless told otherwise.
    public static final double MAX_REJECTS = 0.1;

    /// Files whose names say their format, read with every default.
    public static FileSource of(TableIdentifier table, Path... paths) {
        return new FileSource(
                table,
                List.of(paths),
                Optional.empty(),
                CsvDialect.STANDARD,
                Map.of(),
                false,
                List.of(),
                MAX_REJECTS,
                OnChange.RELOAD,
                true,
                Optional.empty());
    }
}
