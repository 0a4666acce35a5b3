package dev.tarn.ingest;

import dev.tarn.query.duckdb.DuckDbErrors;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/// Finds the narrowest type that holds every JSON value seen of a key; text when none does or none was seen.
final class Inference {
    private Inference() {}

    /// The keys of JSON objects with the type that holds all their values; what is nested stays JSON text.
    ///
    /// @param objects a query with columns `j` and `whole`
    static Map<String, Type> ofJson(Connection connection, String objects) {
        String query = "SELECT key, bool_and(kind IN ('BIGINT', 'UBIGINT', 'NULL')) AS whole_number,"
                + " bool_and(kind IN ('BIGINT', 'UBIGINT', 'DOUBLE', 'NULL')) AS number,"
                + " bool_and(kind IN ('BOOLEAN', 'NULL')) AS truth, bool_and(kind = 'NULL') AS nothing"
                + " FROM (SELECT key, json_type(j, '/' || replace(replace(key, '~', '~0'), '/', '~1')) AS kind"
                + " FROM (SELECT j, unnest(json_keys(j)) AS key FROM (" + objects + ") WHERE whole)) GROUP BY key"
                + " ORDER BY key";
        Map<String, Type> types = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            while (row.next()) {
                Type type = Types.StringType.get();
                if (row.getBoolean("nothing")) {
                    type = Types.StringType.get();
                } else if (row.getBoolean("whole_number")) {
                    type = Types.LongType.get();
                } else if (row.getBoolean("number")) {
                    type = Types.DoubleType.get();
                } else if (row.getBoolean("truth")) {
                    type = Types.BooleanType.get();
                }
                types.put(row.getString("key"), type);
            }
            return types;
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e);
        }
    }
}
