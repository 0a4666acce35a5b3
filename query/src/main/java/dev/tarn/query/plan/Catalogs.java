package dev.tarn.query.plan;

import dev.tarn.lake.catalog.LakeCatalog;

/// Opens the lake's catalog.
@FunctionalInterface
public interface Catalogs {
    /// The catalog of a branch, whose changes say that `user` made them.
    LakeCatalog open(String branch, String user);
}
