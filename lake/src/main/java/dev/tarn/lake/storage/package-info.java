@NullMarked
package dev.tarn.lake.storage;

import org.jspecify.annotations.NullMarked;
