package dev.tarn.core.feature;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Labels with their features, held until closed.
public interface TrainingFrame extends AutoCloseable {
    /// @param type its Trino type
    /// @param feature the feature, or null for a column of the labels
    record Column(String name, String type, @Nullable FeatureInfo feature) {}

    /// The labels' columns, then the features', whose names are `view__feature`.
    List<Column> columns();

    /// The number of rows.
    int rows();

    /// A column as doubles, with NaN for null; booleans are 0 and 1.
    ///
    /// @throws dev.tarn.core.error.TarnException `BAD_REQUEST` for a column that is unknown or no number
    double[] doubles(String column);

    /// A column as text, with null for null.
    @Nullable
    String[] strings(String column);

    /// The snapshots that were read, by `schema.table`.
    Map<String, Long> snapshots();

    /// Writes all columns as one Parquet file, which must not exist.
    void writeParquet(Path file);

    @Override
    void close();
}
