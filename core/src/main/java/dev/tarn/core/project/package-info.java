/// The project a user writes: `tarn.yml` and the folders beside it.
@NullMarked
package dev.tarn.core.project;

import org.jspecify.annotations.NullMarked;
