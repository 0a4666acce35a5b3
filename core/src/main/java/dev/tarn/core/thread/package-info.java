/// Threads of the system.
@NullMarked
package dev.tarn.core.thread;

import org.jspecify.annotations.NullMarked;
