/// dbt's artifacts, which other tools read: manifest v12, run results v6, catalog v1, sources v3.
@NullMarked
package dev.tarn.transform.artifact;

import org.jspecify.annotations.NullMarked;
