@NullMarked
package dev.tarn.lake.state;

import org.jspecify.annotations.NullMarked;
