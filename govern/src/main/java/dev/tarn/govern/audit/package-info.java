/// Who did what, when, with which outcome.
@NullMarked
package dev.tarn.govern.audit;

import org.jspecify.annotations.NullMarked;
