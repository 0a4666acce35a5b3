/// A Jinja for dbt: the template language as Jinja 2.11+ and dbt define it, over plain Java values.
///
/// [Lexer] → [Parser] → [Stmt] and [Expr] → [Interpreter]. Values are what a Python program would hold:
/// null (None), Boolean, Long or BigInteger, Double, BigDecimal, String, List ([Tuple] when immutable), Map,
/// Set, [Callable], [Attributes] for objects of the host, and [Undefined].
@NullMarked
package dev.tarn.transform.jinja;

import org.jspecify.annotations.NullMarked;
