/// Digests as text.
@NullMarked
package dev.tarn.core.digest;

import org.jspecify.annotations.NullMarked;
