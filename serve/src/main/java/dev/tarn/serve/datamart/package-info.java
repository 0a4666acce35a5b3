/// Gold tables as typed REST endpoints.
@NullMarked
package dev.tarn.serve.datamart;

import org.jspecify.annotations.NullMarked;
