/// Features for serving: the events of each entity in a store, and windows folded when they are asked for.
@NullMarked
package dev.tarn.feature.online;

import org.jspecify.annotations.NullMarked;
