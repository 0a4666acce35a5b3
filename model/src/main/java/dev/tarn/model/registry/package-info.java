/// Registered models, their versions, stages, tags and aliases.
@NullMarked
package dev.tarn.model.registry;

import org.jspecify.annotations.NullMarked;
