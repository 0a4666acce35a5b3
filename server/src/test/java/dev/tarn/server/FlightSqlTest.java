package dev.tarn.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.digest.Sha256;
import dev.tarn.govern.audit.AuditEntry;
import dev.tarn.govern.audit.AuditQuery;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Arrow's own Flight SQL driver, unmodified, against the whole server; answers are compared with trino-jdbc's.
final class FlightSqlTest {
    @TempDir
    static Path folder;

    private static TestServer server;
    private static Connection connection;

    @BeforeAll
    static void start() throws Exception {
        server = serve(folder, "");
        connection = connect(server, "ada", "", Map.of());
        execute("CREATE SCHEMA shop");
        execute(
                "CREATE TABLE shop.orders (id bigint, ordered_at timestamp(6), amount decimal(12,2), tags array(varchar))");
        execute("INSERT INTO shop.orders SELECT n, TIMESTAMP '2024-01-01 00:00:00' + n * INTERVAL '1' SECOND,"
                + " CAST(n AS decimal(12,2)) / 4, ARRAY['a', CAST(n AS varchar)]"
                + " FROM UNNEST(sequence(1, 9000)) AS s (n)");
        execute("CREATE VIEW shop.big AS SELECT id, amount FROM tarn.shop.orders WHERE amount > 100");
    }

    @AfterAll
    static void stop() throws SQLException {
        connection.close();
        server.close();
    }

    @Test
    void everyTypeHasTheValueThatTrinoSays() throws SQLException {
        List<String> expressions = List.of(
                "true",
                "TINYINT '-7'",
                "SMALLINT '300'",
                "INTEGER '70000'",
                "BIGINT '9223372036854775807'",
                "REAL '1.5'",
                "DOUBLE '-2.25'",
                "DECIMAL '123456789012345678901234567890.12'",
                "DECIMAL '1.50'",
                "VARCHAR 'grüß ''dich'''",
                "CAST('ab' AS char(5))",
                "JSON '{\"a\":[1,null]}'",
                "UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59'",
                "DATE '1969-12-31'",
                "INTERVAL '3' DAY",
                "CAST(NULL AS bigint)");
        for (String expression : expressions) {
            String sql = "SELECT " + expression;
            assertThat(cells(connection, sql)).as(sql).isEqualTo(trino(sql));
        }
        assertThat(cells(
                        connection,
                        "SELECT TIMESTAMP '2024-02-29 12:34:56.123456789012', TIME '01:02:03.123456789',"
                                + " ARRAY[INTERVAL '3' DAY]"))
                .containsExactly(
                        List.of("2024-02-29 12:34:56.123456789012", "01:02:03.123456789", "[\"3 00:00:00.000\"]"));
    }

    @Test
    void aTableIsReadWhole() throws SQLException {
        String sql = "SELECT id, amount, CAST(tags AS json) FROM shop.orders ORDER BY id";

        assertThat(cells(connection, sql)).hasSize(9000).isEqualTo(trino(sql));
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT tags, ordered_at FROM shop.orders WHERE id = 8999")) {
            assertThat(rows.next()).isTrue();
            assertThat(Arrays.toString((Object[]) rows.getArray(1).getArray())).isEqualTo("[a, 8999]");
            assertThat(rows.getTimestamp(2).toLocalDateTime()).isEqualTo("2024-01-01T02:29:59");
        }
    }

    @Test
    void rowsAndMapsAreNested() throws SQLException {
        String sql = "SELECT CAST(ROW(1, 'x') AS row(a bigint, b varchar)), MAP(ARRAY['k'], ARRAY[2])";
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getObject(1).toString()).contains("1").contains("x");
            assertThat(rows.getObject(2).toString()).contains("k").contains("2");
        }
    }

    @Test
    void preparedStatementsTakeArguments() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT count(*) FROM shop.orders WHERE id > ? AND amount < ? AND ordered_at >= ? AND tags[1] = ?")) {
            statement.setLong(1, 10);
            statement.setBigDecimal(2, new BigDecimal("5.00"));
            statement.setTimestamp(3, java.sql.Timestamp.valueOf("2024-01-01 00:00:00"));
            statement.setString(4, "a");
            try (ResultSet rows = statement.executeQuery()) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getLong(1)).isEqualTo(9);
            }
        }
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT CAST(? AS varchar) || '!', CAST(? AS date)")) {
            statement.setString(1, "it's");
            // Trino does not know what is cast, so that the argument is a text.
            statement.setString(2, "2024-02-29");
            try (ResultSet rows = statement.executeQuery()) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString(1)).isEqualTo("it's!");
                assertThat(rows.getDate(2)).hasToString("2024-02-29");
            }
        }
    }

    @Test
    void changesSayHowManyRows() throws SQLException {
        execute("CREATE TABLE shop.changed (id bigint)");
        try (Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate("INSERT INTO shop.changed VALUES 1, 2, 3"))
                    .isEqualTo(3);
            assertThat(statement.executeUpdate("DELETE FROM shop.changed WHERE id = 2"))
                    .isEqualTo(1);
        }
        assertThat(trino("SELECT count(*) FROM shop.changed")).containsExactly(List.of("2"));
    }

    @Test
    void metadataIsListed() throws SQLException {
        DatabaseMetaData metadata = connection.getMetaData();

        assertThat(column(metadata.getCatalogs(), "TABLE_CAT")).contains("tarn");
        assertThat(column(metadata.getSchemas(null, "sh%"), "TABLE_SCHEM")).containsExactly("shop");
        assertThat(column(metadata.getTables("tarn", "shop", "%", null), "TABLE_NAME"))
                .contains("orders", "big");
        assertThat(column(metadata.getTables("tarn", "shop", "%", new String[] {"VIEW"}), "TABLE_NAME"))
                .containsExactly("big");
        assertThat(column(metadata.getColumns("tarn", "shop", "orders", "%"), "COLUMN_NAME"))
                .containsExactly("id", "ordered_at", "amount", "tags");
        assertThat(column(metadata.getTableTypes(), "TABLE_TYPE")).contains("TABLE", "VIEW");
    }

    @Test
    void whatIsWrongIsSaidInTrinosWords() {
        assertThatThrownBy(() -> cells(connection, "SELECT * FROM shop.orderz"))
                .hasStackTraceContaining("TABLE_NOT_FOUND")
                .hasStackTraceContaining("did you mean");
        assertThatThrownBy(() -> cells(connection, "SELECT 1 / (id - 5000) FROM shop.orders"))
                .hasStackTraceContaining("DIVISION_BY_ZERO");
        assertThatThrownBy(() -> execute("USE shop")).hasStackTraceContaining("the header 'schema'");
    }

    @Test
    void theSchemaComesWithTheConnection() throws SQLException {
        try (Connection shop = connect(server, "eve", "", Map.of("schema", "shop"))) {
            assertThat(cells(shop, "SELECT id, current_user FROM orders WHERE id = 9000"))
                    .containsExactly(List.of("9000", "eve"));
        }
    }

    @Test
    void statementsAreInTheHistoryAndTheAudit() throws Exception {
        cells(connection, "SELECT 'seen' FROM shop.orders");

        assertThat(
                        trino(
                                "SELECT \"user\", state FROM system.runtime.queries WHERE query = 'SELECT ''seen'' FROM shop.orders'"))
                .contains(List.of("ada", "FINISHED"));
        List<AuditEntry> audited = List.of();
        for (int i = 0; i < 100 && audited.isEmpty(); i++) {
            Thread.sleep(50);
            audited = server.server().lakehouse().audit().find(AuditQuery.newest(100)).stream()
                    .filter(entry -> entry.detail().contains("seen"))
                    .toList();
        }
        assertThat(audited).isNotEmpty();
    }

    @Test
    void aReaderThatStopsEndsItsStatement() throws Exception {
        String sql = "SELECT a.id, b.id FROM shop.orders a CROSS JOIN shop.orders b";
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            statement.cancel();
        }
        String state = "RUNNING";
        for (int i = 0; i < 200 && !state.equals("FAILED"); i++) {
            Thread.sleep(50);
            state = trino("SELECT state FROM system.runtime.queries WHERE query = '" + sql + "'")
                    .getFirst()
                    .getFirst();
        }
        assertThat(state).isEqualTo("FAILED");
    }

    @Test
    void withTokensOneIsNeeded(@TempDir Path other) throws Exception {
        String tokens = "  tokens:\n    - user: ada\n      sha256: " + Sha256.hex("secret") + "\n";
        try (TestServer closed = serve(other, tokens)) {
            assertThatThrownBy(() -> connect(closed, "ada", "wrong", Map.of()))
                    .hasStackTraceContaining("needs a token");
            try (Connection proved = connect(closed, "ada", "secret", Map.of())) {
                assertThat(cells(proved, "SELECT current_user")).containsExactly(List.of("ada"));
            }
        }
    }

    private static TestServer serve(Path folder, String more) throws Exception {
        Files.writeString(
                folder.resolve("tarn.yml"),
                "name: test\nserver:\n  port: 0\n  flight-port: 0\n" + more + "limits:\n  memory: 512MB\n");
        return TestServer.start(folder);
    }

    private static Connection connect(TestServer server, String user, String password, Map<String, String> more)
            throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        properties.setProperty("useEncryption", "false");
        more.forEach(properties::setProperty);
        return DriverManager.getConnection(
                "jdbc:arrow-flight-sql://127.0.0.1:"
                        + server.server().flightPort().orElseThrow(),
                properties);
    }

    private static void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private static List<List<String>> trino(String sql) throws SQLException {
        try (Connection trino = server.connect("ada")) {
            return cells(trino, sql);
        }
    }

    private static List<List<String>> cells(Connection connection, String sql) throws SQLException {
        List<List<String>> all = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    row.add(Optional.ofNullable(rows.getObject(i))
                            .map(Object::toString)
                            .orElse("null"));
                }
                all.add(row);
            }
        }
        return all;
    }

    private static List<String> column(ResultSet rows, String name) throws SQLException {
        List<String> values = new ArrayList<>();
        try (rows) {
            while (rows.next()) {
                values.add(rows.getString(name));
            }
        }
        return values;
    }
}
