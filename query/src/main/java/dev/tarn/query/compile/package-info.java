/// From Trino's plan to one DuckDB statement with exactly Trino's answers.
///
/// [RelationCompiler] chooses the class of each plan node, [ExpressionCompiler] that of each expression; what a
/// function, an aggregate or a cast becomes stands in the tables [ScalarFunctions], [Aggregates], [Windows] and
/// [Casts]. Whatever has no entry is refused, never approximated.
@NullMarked
package dev.tarn.query.compile;

import org.jspecify.annotations.NullMarked;
