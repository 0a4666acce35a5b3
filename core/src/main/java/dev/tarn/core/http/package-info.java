@NullMarked
package dev.tarn.core.http;

import org.jspecify.annotations.NullMarked;
