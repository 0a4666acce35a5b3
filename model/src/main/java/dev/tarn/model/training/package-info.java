/// Training as a file: what to learn from, how to split, what to try, what must hold before a model is promoted.
@NullMarked
package dev.tarn.model.training;

import org.jspecify.annotations.NullMarked;
