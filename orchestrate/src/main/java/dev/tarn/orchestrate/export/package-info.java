/// The graph for other orchestrators.
@NullMarked
package dev.tarn.orchestrate.export;

import org.jspecify.annotations.NullMarked;
