@NullMarked
package dev.tarn.core.identity;

import org.jspecify.annotations.NullMarked;
