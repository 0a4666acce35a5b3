/// Tarn's own predictor for gradient-boosted trees and linear models in XGBoost's file formats.
@NullMarked
package dev.tarn.model.tree;

import org.jspecify.annotations.NullMarked;
