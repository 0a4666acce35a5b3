/// Compaction: small files and files with deletes become few large ones without. Rows stay the same.
@NullMarked
package dev.tarn.query.compact;

import org.jspecify.annotations.NullMarked;
