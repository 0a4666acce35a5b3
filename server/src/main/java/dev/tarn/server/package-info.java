@NullMarked
package dev.tarn.server;

import org.jspecify.annotations.NullMarked;
