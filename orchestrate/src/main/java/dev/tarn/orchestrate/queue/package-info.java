/// Requests for runs that several processes share.
@NullMarked
package dev.tarn.orchestrate.queue;

import org.jspecify.annotations.NullMarked;
