/// Training sets: each label with its features as they were knowable at its time.
@NullMarked
package dev.tarn.feature.offline;

import org.jspecify.annotations.NullMarked;
