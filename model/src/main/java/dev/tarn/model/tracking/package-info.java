/// Experiments, runs and what they record: parameters, metrics with their history, tags, data sets, logged models.
@NullMarked
package dev.tarn.model.tracking;

import org.jspecify.annotations.NullMarked;
