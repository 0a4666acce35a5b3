/// Comparing what an environment holds with what is published.
@NullMarked
package dev.tarn.orchestrate.diff;

import org.jspecify.annotations.NullMarked;
