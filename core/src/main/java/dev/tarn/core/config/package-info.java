@NullMarked
package dev.tarn.core.config;

import org.jspecify.annotations.NullMarked;
