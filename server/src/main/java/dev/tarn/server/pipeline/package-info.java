/// The stages wired into one graph of steps: what `tarn run` runs.
@NullMarked
package dev.tarn.server.pipeline;

import org.jspecify.annotations.NullMarked;
