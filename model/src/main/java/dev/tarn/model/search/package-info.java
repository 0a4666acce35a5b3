/// MLflow's filter language and ordering, compiled to SQL.
@NullMarked
package dev.tarn.model.search;

import org.jspecify.annotations.NullMarked;
