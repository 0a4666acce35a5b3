@NullMarked
package dev.tarn.orchestrate;

import org.jspecify.annotations.NullMarked;
