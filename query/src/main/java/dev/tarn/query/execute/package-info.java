/// Running statements: compiled queries on DuckDB, writes through the lake's commits, changes of the catalog
/// through Trino's own data definition tasks.
@NullMarked
package dev.tarn.query.execute;

import org.jspecify.annotations.NullMarked;
