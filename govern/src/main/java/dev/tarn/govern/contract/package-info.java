/// Contracts: what a table promises, in Open Data Contract Standard files, read, compiled to SQL and checked.
@NullMarked
package dev.tarn.govern.contract;

import org.jspecify.annotations.NullMarked;
