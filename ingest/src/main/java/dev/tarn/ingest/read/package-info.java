/// Reading source files record by record: where each record stands, whether it is whole, and what is
/// wrong with it if not. What is whole goes to DuckDB in plain chunks; values are judged there.
@NullMarked
package dev.tarn.ingest.read;

import org.jspecify.annotations.NullMarked;
