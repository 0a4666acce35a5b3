/// Feast's HTTP API, and what of a Feast repository can be taken over.
@NullMarked
package dev.tarn.feature.feast;

import org.jspecify.annotations.NullMarked;
