/// Compiles a project's nodes to SQL and carries them out on a branch of the lake.
@NullMarked
package dev.tarn.transform.run;

import org.jspecify.annotations.NullMarked;
