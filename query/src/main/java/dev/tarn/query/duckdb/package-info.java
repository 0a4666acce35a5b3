/// DuckDB over Iceberg tables: a closed instance, types both ways, scans as SQL text, and data files
/// written with their metrics. Nothing here knows Trino or the catalog.
@NullMarked
package dev.tarn.query.duckdb;

import org.jspecify.annotations.NullMarked;
