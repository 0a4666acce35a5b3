@NullMarked
package dev.tarn.serve;

import org.jspecify.annotations.NullMarked;
