package dev.tarn.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.govern.audit.AuditEntry;
import dev.tarn.govern.audit.AuditQuery;
import io.trino.spi.StandardErrorCode;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// trino-jdbc, unmodified, against the whole server: what tools built on it ask.
final class JdbcTest {
    @TempDir
    static Path folder;

    private static TestServer server;
    private static Connection connection;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start(folder);
        connection = server.connect("ada");
        execute("CREATE SCHEMA shop");
        execute("CREATE TABLE shop.orders (id bigint, ordered_at timestamp(6), amount decimal(12,2), "
                + "tags array(varchar), place row(city varchar, zip varchar))");
        execute("CREATE VIEW shop.big AS SELECT id, amount FROM tarn.shop.orders WHERE amount > 100");
    }

    @AfterAll
    static void stop() throws SQLException {
        connection.close();
        server.close();
    }

    @Test
    void catalogsSchemasTablesAndColumnsAreListed() throws SQLException {
        DatabaseMetaData metadata = connection.getMetaData();

        assertThat(metadata.getDatabaseProductName()).isEqualTo("Trino");
        assertThat(metadata.getDatabaseProductVersion()).isEqualTo("483");
        assertThat(column(metadata.getCatalogs(), "TABLE_CAT")).contains("tarn");
        assertThat(column(metadata.getSchemas("tarn", null), "TABLE_SCHEM")).contains("shop", "information_schema");
        assertThat(column(metadata.getTables("tarn", "shop", null, null), "TABLE_NAME"))
                .containsExactlyInAnyOrder("orders", "big");
        assertThat(column(metadata.getTables("tarn", "sh%", "%", new String[] {"VIEW"}), "TABLE_NAME"))
                .containsExactly("big");
        assertThat(column(metadata.getColumns("tarn", "shop", "orders", null), "COLUMN_NAME"))
                .containsExactly("id", "ordered_at", "amount", "tags", "place");
        assertThat(column(metadata.getColumns("tarn", "shop", "orders", "am%"), "TYPE_NAME"))
                .containsExactly("decimal(12,2)");
        assertThat(column(metadata.getTableTypes(), "TABLE_TYPE")).contains("TABLE", "VIEW");
    }

    @Test
    void whatTrinoDoesNotHaveIsEmptyAndNotAnError() throws SQLException {
        DatabaseMetaData metadata = connection.getMetaData();

        assertThat(column(metadata.getPrimaryKeys("tarn", "shop", "orders"), "COLUMN_NAME"))
                .isEmpty();
        assertThat(column(metadata.getImportedKeys("tarn", "shop", "orders"), "FKCOLUMN_NAME"))
                .isEmpty();
        assertThat(column(metadata.getProcedures("tarn", "shop", "%"), "PROCEDURE_NAME"))
                .isEmpty();
        assertThat(column(metadata.getTypeInfo(), "TYPE_NAME")).contains("bigint", "varchar", "timestamp");
    }

    /// Every question that the interface has, as a tool may ask it: an answer, or JDBC's own word for "not here".
    @Test
    void everyQuestionAboutMetadataIsAnswered() throws Exception {
        DatabaseMetaData metadata = connection.getMetaData();
        List<String> unanswered = new ArrayList<>();
        for (Method question : DatabaseMetaData.class.getMethods()) {
            if (question.getDeclaringClass() != DatabaseMetaData.class) {
                continue;
            }
            Object[] arguments = Arrays.stream(question.getParameterTypes())
                    .map(JdbcTest::argument)
                    .toArray();
            try {
                if (question.invoke(metadata, arguments) instanceof ResultSet rows) {
                    rows.next();
                    rows.close();
                }
            } catch (InvocationTargetException e) {
                boolean notHere = e.getCause() instanceof SQLFeatureNotSupportedException
                        || e.getCause().getClass().getSimpleName().equals("NotImplementedException");
                if (!notHere) {
                    throw new AssertionError(question + ": " + e.getCause(), e.getCause());
                }
                unanswered.add(question.getName());
            }
        }
        // Those of trino-jdbc itself, which asks no server.
        assertThat(unanswered).hasSizeLessThan(20);
    }

    private static Object argument(Class<?> type) {
        if (type == String.class) {
            return "%";
        } else if (type == boolean.class) {
            return false;
        } else if (type == int.class) {
            return ResultSet.TYPE_FORWARD_ONLY;
        }
        return type == String[].class ? new String[] {"TABLE"} : new int[0];
    }

    @Test
    void aTransactionReadsOneState() throws SQLException {
        execute("CREATE SCHEMA bank");
        execute("CREATE TABLE bank.t AS SELECT 1 AS x");
        try (Connection reader = server.connect("bo")) {
            reader.setAutoCommit(false);
            assertThat(count(reader, "bank.t")).isEqualTo(1);
            execute("INSERT INTO bank.t VALUES 2");
            assertThat(count(reader, "bank.t")).isEqualTo(1);
            reader.commit();
            assertThat(count(reader, "bank.t")).isEqualTo(2);
            reader.rollback();
            try (Statement statement = reader.createStatement()) {
                assertThatThrownBy(() -> statement.execute("DELETE FROM bank.t"))
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getErrorCode())
                                        .isEqualTo(StandardErrorCode.AUTOCOMMIT_WRITE_CONFLICT
                                                .toErrorCode()
                                                .getCode()));
            }
            reader.rollback();
            assertThat(count(reader, "bank.t")).isEqualTo(2);
        }
    }

    private static long count(Connection from, String table) throws SQLException {
        try (Statement statement = from.createStatement();
                ResultSet rows = statement.executeQuery("SELECT count(*) FROM " + table)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    @Test
    void statementsAreATable() throws SQLException {
        // Read to its end: one that is closed before has failed, as Trino has it.
        assertThat(column(connection.createStatement().executeQuery("SELECT 'to be found' AS it"), "it"))
                .containsExactly("to be found");
        assertThatThrownBy(() -> execute("SELECT no FROM shop.orders WHERE 'a' = 'also found'"))
                .isInstanceOf(SQLException.class);
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT state, \"user\", error_code, created <= \"end\" "
                        + "FROM system.runtime.queries WHERE query LIKE '%found%' AND query NOT LIKE '%LIKE%' "
                        + "ORDER BY state")) {
            rows.next();
            assertThat(rows.getString(1)).isEqualTo("FAILED");
            assertThat(rows.getString(2)).isEqualTo("ada");
            assertThat(rows.getString(3)).isEqualTo("COLUMN_NOT_FOUND");
            rows.next();
            assertThat(rows.getString(1)).isEqualTo("FINISHED");
            assertThat(rows.getBoolean(4)).isTrue();
            assertThat(rows.next()).isFalse();
        }
        assertThat(column(
                        connection.createStatement().executeQuery("SELECT coordinator FROM system.runtime.nodes"),
                        "coordinator"))
                .containsExactly("true");
    }

    @Test
    void rowsGoInAndComeOutTyped() throws SQLException {
        execute("CREATE SCHEMA stock");
        execute("CREATE TABLE stock.t (id bigint, amount decimal(12,2), at timestamp(6))");
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO stock.t VALUES (?, ?, ?)")) {
            insert.setLong(1, 7);
            insert.setBigDecimal(2, new BigDecimal("12.34"));
            insert.setTimestamp(3, java.sql.Timestamp.valueOf("2026-01-05 09:12:44.123"));
            assertThat(insert.executeUpdate()).isEqualTo(1);
        }
        try (PreparedStatement select =
                connection.prepareStatement("SELECT id, amount, at FROM stock.t WHERE amount > ?")) {
            select.setBigDecimal(1, new BigDecimal("12.33"));
            try (ResultSet rows = select.executeQuery()) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getLong(1)).isEqualTo(7);
                assertThat(rows.getBigDecimal(2)).isEqualTo(new BigDecimal("12.34"));
                assertThat(rows.getTimestamp(3)).isEqualTo(java.sql.Timestamp.valueOf("2026-01-05 09:12:44.123"));
                assertThat(rows.next()).isFalse();
            }
        }
    }

    @Test
    void aLongAnswerStreams() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT a.n * 1000 + b.n AS n FROM UNNEST(SEQUENCE(0, 299)) AS a(n) "
                                + "CROSS JOIN UNNEST(SEQUENCE(0, 999)) AS b(n)")) {
            long sum = 0;
            long count = 0;
            while (rows.next()) {
                sum += rows.getLong(1);
                count++;
            }
            assertThat(count).isEqualTo(300_000);
            assertThat(sum).isEqualTo(299_999L * 300_000 / 2);
        }
    }

    @Test
    void errorsSayWhereAndKeepTheConnection() throws SQLException {
        assertThatThrownBy(() -> execute("SELECT no FROM shop.orders"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("line 1:8")
                .hasMessageContaining("Column 'no' cannot be resolved");
        assertThatThrownBy(() -> execute("SELECT 1 / 0")).hasMessageContaining("Division by zero");
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT 1")) {
            assertThat(rows.next()).isTrue();
        }
    }

    @Test
    void aStatementCanBeCancelledAndIsInTheAuditLog() throws Exception {
        String sql = "SELECT count(*) FROM UNNEST(SEQUENCE(1, 10000)) a(n), UNNEST(SEQUENCE(1, 10000)) b(n), "
                + "UNNEST(SEQUENCE(1, 10000)) c(n) WHERE a.n * b.n % 7 = c.n % 11";
        try (Statement statement = connection.createStatement()) {
            Thread.startVirtualThread(() -> {
                try {
                    Thread.sleep(500);
                    statement.cancel();
                } catch (InterruptedException | SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThatThrownBy(() -> {
                        try (ResultSet rows = statement.executeQuery(sql)) {
                            rows.next();
                        }
                    })
                    .isInstanceOf(SQLException.class);
        }
        assertThat(audited(sql).outcome()).isEqualTo("USER_CANCELED");
    }

    @Test
    void whoAskedIsInTheAuditLog() throws Exception {
        execute("SELECT 'audited'");

        AuditEntry entry = audited("SELECT 'audited'");
        assertThat(entry.identity().user()).isEqualTo("ada");
        assertThat(entry.action()).isEqualTo("statement");
    }

    /// The entry of a statement, which is written a moment after its client has the answer.
    private static AuditEntry audited(String sql) throws InterruptedException {
        long until = System.nanoTime() + 60_000_000_000L;
        while (true) {
            Optional<AuditEntry> found = server.server().lakehouse().audit().find(AuditQuery.newest(50)).stream()
                    .filter(entry -> entry.detail().equals(sql))
                    .findFirst();
            if (found.isPresent()) {
                return found.get();
            }
            assertThat(System.nanoTime()).isLessThan(until);
            Thread.sleep(50);
        }
    }

    private static void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
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
