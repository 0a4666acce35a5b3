@NullMarked
package dev.tarn.ingest;

import org.jspecify.annotations.NullMarked;
