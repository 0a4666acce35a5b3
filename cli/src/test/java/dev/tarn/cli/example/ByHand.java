package dev.tarn.cli.example;

import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The example's numbers computed another way: DuckDB's SQL, written by hand over the same files.
final class ByHand implements AutoCloseable {
    private static final BigDecimal HAIR_MORE = new BigDecimal("1.0000000000001");
    private static final MathContext DIGITS = new MathContext(10);

    private final Connection connection;

    private ByHand(Connection connection) {
        this.connection = connection;
    }

    static ByHand over(Path files) throws SQLException {
        Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        try (Statement statement = connection.createStatement()) {
            // A line is a payment when it has twelve fields; only the last may be in quotes, with commas inside.
            statement.execute("""
                    CREATE TABLE tx AS
                    WITH lines AS (
                      SELECT unnest(string_split(replace(content, chr(13), ''), chr(10))) AS line
                      FROM read_text('%s/transactions_*.csv')
                    ),
                    fields AS (
                      SELECT string_split(line, ',') AS f, line FROM lines
                      WHERE regexp_full_match(line, '[0-9]+(,[^,"]*){10},([^,"]*|"[^"]*")')
                    )
                    SELECT f[1]::BIGINT AS id, strptime(f[2], '%%Y-%%m-%%d %%H:%%M:%%S') AS paid_at,
                      f[3]::BIGINT AS client, f[4]::BIGINT AS card, replace(f[5], '$', '')::DECIMAL(12, 2) AS amount,
                      f[6] AS use_chip, f[7]::BIGINT AS merchant, f[8] AS city, f[9] AS state, f[11]::INTEGER AS mcc,
                      trim(array_to_string(f[12:], ','), '"') AS errors
                    FROM fields
                    """.formatted(files));
            statement.execute("CREATE TABLE users AS SELECT * FROM read_csv('" + files
                    + "/users_data.csv', all_varchar = true, header = true)");
            statement.execute("CREATE TABLE cards AS SELECT * FROM read_csv('" + files
                    + "/cards_data.csv', all_varchar = true, header = true)");
            statement.execute("""
                    CREATE TABLE labels AS
                    SELECT u.key::BIGINT AS id, u.value = 'Yes' AS fraud
                    FROM (SELECT unnest(map_entries(from_json(json -> 'target', '"MAP(VARCHAR, VARCHAR)"'))) AS u
                          FROM read_json_objects('%s/train_fraud_labels.json', maximum_object_size = 100000000))
                    """.formatted(files));
            statement.execute("""
                    CREATE TABLE mcc AS
                    SELECT u.key::INTEGER AS mcc, u.value AS description
                    FROM (SELECT unnest(map_entries(from_json(json, '"MAP(VARCHAR, VARCHAR)"'))) AS u
                          FROM read_json_objects('%s/mcc_codes.json'))
                    """.formatted(files));
            statement.execute("CREATE VIEW known AS SELECT tx.*, l.fraud FROM tx LEFT JOIN labels l ON l.id = tx.id");
        }
        return new ByHand(connection);
    }

    List<List<@Nullable Object>> query(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<List<@Nullable Object>> all = new ArrayList<>();
            int columns = rows.getMetaData().getColumnCount();
            while (rows.next()) {
                List<@Nullable Object> row = new ArrayList<>();
                for (int i = 1; i <= columns; i++) {
                    row.add(rows.getObject(i));
                }
                all.add(row);
            }
            return all;
        }
    }

    /// A value as text, so that two engines' ways to hold it compare: numbers to 10 digits.
    static String text(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case Double number -> rounded(BigDecimal.valueOf(number));
            case BigDecimal number -> rounded(number);
            case Number number -> rounded(new BigDecimal(number.toString()));
            case String string when string.matches("-?\\d+(\\.\\d+)?") -> rounded(new BigDecimal(string));
            default -> value.toString();
        };
    }

    private static String rounded(BigDecimal number) {
        // Two engines add floating-point numbers in different orders: a hair more keeps both on one side of a tie.
        BigDecimal hairMore = number.scale() > 2 ? number.multiply(HAIR_MORE) : number;
        return number.signum() == 0
                ? "0"
                : hairMore.round(DIGITS).stripTrailingZeros().toPlainString();
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
