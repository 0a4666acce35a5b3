/// Where models meet those who serve them: what serving asks of a registered model, without knowing who trained it.
@NullMarked
package dev.tarn.core.model;

import org.jspecify.annotations.NullMarked;
