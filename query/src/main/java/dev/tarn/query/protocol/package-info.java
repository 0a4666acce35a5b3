/// The Trino client protocol over the query engine.
@NullMarked
package dev.tarn.query.protocol;

import org.jspecify.annotations.NullMarked;
