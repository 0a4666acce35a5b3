/// When runs happen by themselves.
@NullMarked
package dev.tarn.orchestrate.schedule;

import org.jspecify.annotations.NullMarked;
