/// The arithmetic of windows, the same for training and serving: exact sums that may be added and
/// taken away in any order, and the one place where they become values.
@NullMarked
package dev.tarn.feature.window;

import org.jspecify.annotations.NullMarked;
