package dev.tarn.query.duckdb;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.function.ToIntFunction;
import org.apache.iceberg.util.BucketUtil;
import org.duckdb.DuckDBColumnType;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBFunctions;
import org.duckdb.DuckDBReadableVector;
import org.duckdb.DuckDBScalarFunctionBuilder;

/// Functions that DuckDB calls in Java because it has none with the same answers: Iceberg's hashes and deletion
/// vectors.
final class JavaFunctions {
    private JavaFunctions() {}

    static void register(DuckDBConnection connection) throws SQLException {
        DeletedRows.register(connection);
        hash(
                connection,
                "tarn_hash_long",
                DuckDBColumnType.BIGINT,
                (vector, row) -> BucketUtil.hash(vector.getLong(row)));
        hashText(connection, "tarn_hash_text", text -> BucketUtil.hash((CharSequence) text));
        hashText(connection, "tarn_hash_decimal", text -> BucketUtil.hash(new BigDecimal(text)));
        hashText(
                connection,
                "tarn_hash_hex",
                text -> BucketUtil.hash(ByteBuffer.wrap(HexFormat.of().parseHex(text))));
    }

    private interface RowHash {
        int of(DuckDBReadableVector vector, long row);
    }

    private static void hashText(DuckDBConnection connection, String name, ToIntFunction<String> hash)
            throws SQLException {
        hash(connection, name, DuckDBColumnType.VARCHAR, (vector, row) -> hash.applyAsInt(vector.getString(row)));
    }

    private static void hash(DuckDBConnection connection, String name, DuckDBColumnType parameter, RowHash hash)
            throws SQLException {
        try (DuckDBScalarFunctionBuilder builder = DuckDBFunctions.scalarFunction()) {
            builder.withName(name)
                    .withParameter(parameter)
                    .withReturnType(DuckDBColumnType.INTEGER)
                    .withVectorizedFunction((rows, out) -> {
                        DuckDBReadableVector vector = rows.vector(0);
                        for (long row = 0; row < rows.rowCount(); row++) {
                            if (vector.isNull(row)) {
                                out.setNull(row);
                            } else {
                                out.setInt(row, hash.of(vector, row));
                            }
                        }
                    })
                    .register(connection);
        }
    }
}
