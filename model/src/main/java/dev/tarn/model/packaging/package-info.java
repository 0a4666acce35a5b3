/// A model with all that it takes to predict with it: its file, and how values become its numbers.
@NullMarked
package dev.tarn.model.packaging;

import org.jspecify.annotations.NullMarked;
