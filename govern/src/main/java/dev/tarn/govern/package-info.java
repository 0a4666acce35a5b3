@NullMarked
package dev.tarn.govern;

import org.jspecify.annotations.NullMarked;
