@NullMarked
package dev.tarn.feature;

import org.jspecify.annotations.NullMarked;
