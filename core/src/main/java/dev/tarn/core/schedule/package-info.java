/// When something is due.
@NullMarked
package dev.tarn.core.schedule;

import org.jspecify.annotations.NullMarked;
