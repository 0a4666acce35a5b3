/// Choosing nodes as dbt does: methods, graph operators, unions and intersections, selectors in files.
@NullMarked
package dev.tarn.transform.select;

import org.jspecify.annotations.NullMarked;
