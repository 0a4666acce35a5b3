/// Telling people how runs ended.
@NullMarked
package dev.tarn.orchestrate.notice;

import org.jspecify.annotations.NullMarked;
