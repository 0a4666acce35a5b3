/// Where columns come from and go to, across all tables of a project.
@NullMarked
package dev.tarn.govern.lineage;

import org.jspecify.annotations.NullMarked;
