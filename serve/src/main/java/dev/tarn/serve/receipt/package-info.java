/// What is kept of every prediction, and what comes of it later.
@NullMarked
package dev.tarn.serve.receipt;

import org.jspecify.annotations.NullMarked;
