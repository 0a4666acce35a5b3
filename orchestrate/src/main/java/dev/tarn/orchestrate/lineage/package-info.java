/// OpenLineage: what runs read and made, told to others, and what others tell.
@NullMarked
package dev.tarn.orchestrate.lineage;

import org.jspecify.annotations.NullMarked;
