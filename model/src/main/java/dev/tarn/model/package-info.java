@NullMarked
package dev.tarn.model;

import org.jspecify.annotations.NullMarked;
