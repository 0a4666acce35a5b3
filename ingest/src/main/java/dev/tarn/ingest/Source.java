package dev.tarn.ingest;

import org.apache.iceberg.catalog.TableIdentifier;

/// Where the rows of a bronze table come from. A new kind of source is a new record here: the compiler
/// then names every place that must know it.
public sealed interface Source permits FileSource {
    /// The table that it fills.
    TableIdentifier table();

    /// The name in messages and plans, such as `bronze.payments`.
    default String name() {
        return table().toString();
    }
}
