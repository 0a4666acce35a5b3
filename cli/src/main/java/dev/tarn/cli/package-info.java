/// The `tarn` command.
@NullMarked
package dev.tarn.cli;

import org.jspecify.annotations.NullMarked;
