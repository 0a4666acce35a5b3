/// Features computed when they are asked for, by Trino's own expressions.
@NullMarked
package dev.tarn.feature.ondemand;

import org.jspecify.annotations.NullMarked;
