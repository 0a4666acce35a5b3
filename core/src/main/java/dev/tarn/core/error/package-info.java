@NullMarked
package dev.tarn.core.error;

import org.jspecify.annotations.NullMarked;
