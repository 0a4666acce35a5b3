@NullMarked
package dev.tarn.lake.maintenance;

import org.jspecify.annotations.NullMarked;
