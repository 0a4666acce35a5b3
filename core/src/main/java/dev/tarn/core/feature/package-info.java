/// Where features meet models: what training and serving ask of features, without knowing who computes them.
@NullMarked
package dev.tarn.core.feature;

import org.jspecify.annotations.NullMarked;
