/// The proof by difference: one statement on real Trino and on Tarn, over the same tables, compared.
@NullMarked
package dev.tarn.interop.differential;

import org.jspecify.annotations.NullMarked;
