@NullMarked
package dev.tarn.transform;

import org.jspecify.annotations.NullMarked;
