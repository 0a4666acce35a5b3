/// Predictions over HTTP: what a service takes, which model version answers, how the answer looks.
@NullMarked
package dev.tarn.serve.predict;

import org.jspecify.annotations.NullMarked;
