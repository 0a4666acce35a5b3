/// What a dbt template sees: dbt's functions and objects, bound to one node while it is parsed or run.
@NullMarked
package dev.tarn.transform.context;

import org.jspecify.annotations.NullMarked;
