/// Files of runs and models in one folder, reached by checked paths only.
@NullMarked
package dev.tarn.model.artifact;

import org.jspecify.annotations.NullMarked;
