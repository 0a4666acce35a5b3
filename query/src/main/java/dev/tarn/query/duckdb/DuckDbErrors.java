package dev.tarn.query.duckdb;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.sql.SQLException;
import java.util.Locale;

/// DuckDB's errors in Tarn's words. DuckDB tells kinds apart only by the first words of its message.
public final class DuckDbErrors {
    private DuckDbErrors() {}

    /// The same error with a code, and with DuckDB's own hints (which name its settings) left out.
    public static TarnException translate(SQLException e) {
        String message = firstParagraph(String.valueOf(e.getMessage()));
        String kind = message.toLowerCase(Locale.ROOT);
        if (kind.startsWith("out of memory error")) {
            return new TarnException(
                    ErrorCode.LIMIT_EXCEEDED,
                    "The statement needs more memory than limits.memory in tarn.yml allows: " + message,
                    e);
        } else if (kind.startsWith("permission error")) {
            return new TarnException(
                    ErrorCode.FORBIDDEN, "Only files in the warehouse are read and written: " + message, e);
        } else if (kind.startsWith("interrupt error")) {
            return new TarnException(ErrorCode.CANCELLED, "The statement was cancelled", e);
        } else if (kind.contains("no space left on device") || kind.contains("could not write")) {
            return new TarnException(ErrorCode.STORAGE_FAILED, "The disk is full or failing: " + message, e);
        } else if (kind.startsWith("io error") || kind.contains("no files found")) {
            return new TarnException(ErrorCode.STORAGE_FAILED, message, e);
        } else if (kind.contains("parquet")
                || kind.contains("thrift")
                || kind.contains("snappy")
                || kind.contains("zstd")) {
            return new TarnException(ErrorCode.DATA_CORRUPT, message, e);
        } else if (kind.startsWith("conversion error")
                || kind.startsWith("out of range error")
                || kind.startsWith("invalid input error")
                || kind.startsWith("constraint error")) {
            return new TarnException(ErrorCode.BAD_REQUEST, message, e);
        }
        return new TarnException(ErrorCode.INTERNAL_ERROR, message, e);
    }

    private static String firstParagraph(String message) {
        int end = message.indexOf("\n\n");
        return (end < 0 ? message : message.substring(0, end)).strip();
    }
}
