/// Sources that are made up: generators write files of a realistic shape, which are then loaded like any
/// others.
@NullMarked
package dev.tarn.ingest.generate;

import org.jspecify.annotations.NullMarked;
