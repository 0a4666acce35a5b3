/// Where each column of a query's answer comes from, read from Trino's own plan of it.
@NullMarked
package dev.tarn.query.lineage;

import org.jspecify.annotations.NullMarked;
