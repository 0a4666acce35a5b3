@NullMarked
package dev.tarn.lake.catalog;

import org.jspecify.annotations.NullMarked;
