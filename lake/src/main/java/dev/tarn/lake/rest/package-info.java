@NullMarked
package dev.tarn.lake.rest;

import org.jspecify.annotations.NullMarked;
