package dev.tarn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.core.digest.Sha256;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// trino-jdbc, unmodified, reads from the whole server in every encoding what it reads without one.
final class EncodingsTest {
    private static final String NUMBERS =
            " FROM UNNEST(sequence(0, 99)) AS a (a) CROSS JOIN UNNEST(sequence(0, 999)) AS b (b)";
    private static final List<String> STATEMENTS = List.of(
            "SELECT true, TINYINT '-7', SMALLINT '300', INTEGER '70000', BIGINT '9223372036854775807', REAL '1.5',"
                    + " DOUBLE '-2.25', nan(), infinity(), CAST(-infinity() AS real), DECIMAL '1.50',"
                    + " DECIMAL '123456789012345678901234567890.12'",
            "SELECT VARCHAR 'grüß ''dich'' \"\\ 𝄞', CAST('ab' AS char(5)), X'0001ff', '',"
                    + " JSON '{\"a\":[1,null]}', UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59', IPADDRESS '10.0.0.1'",
            "SELECT DATE '1969-12-31', TIME '01:02:03.123456789', TIME '01:02:03 +02:00',"
                    + " TIMESTAMP '2024-02-29 12:34:56.123456789012', TIMESTAMP '2024-02-29 12:34:56',"
                    + " TIMESTAMP '2024-02-29 12:34:56.123 Europe/Paris', INTERVAL '3' DAY, INTERVAL '14' MONTH",
            "SELECT ARRAY[1, NULL, 3], ARRAY[ARRAY['x'], ARRAY[]], MAP(ARRAY['k', 'l'], ARRAY[2.5, NULL]),"
                    + " CAST(ROW(1, 'x', NULL) AS row(a bigint, b varchar, c double)), MAP(ARRAY[DATE '2024-01-01'],"
                    + " ARRAY[ROW('y')])",
            "SELECT CAST(NULL AS bigint), CAST(NULL AS varchar), CAST(NULL AS array(row(a timestamp(6)))), NULL",
            "SELECT 1 WHERE false",
            "SELECT a * 1000 + b AS n, CAST(a AS decimal(18, 3)) / 7, 'row ' || CAST(b AS varchar), b % 7 = 0,"
                    + " date_add('second', b, TIMESTAMP '2024-01-01 00:00:00.000000'), ARRAY[a, b]" + NUMBERS
                    + " ORDER BY 1",
            "SELECT lpad('x', 20000, 'x')" + NUMBERS + " WHERE b = 0");

    @TempDir
    Path folder;

    @Test
    void everyEncodingGivesTheSameRows() throws Exception {
        List<List<String>> plain;
        try (TestServer server = serve("[]")) {
            plain = answers(server, "json+zstd,json+lz4,json");
        }
        assertThat(plain.get(6).getFirst()).isEqualTo("100000 rows");
        try (TestServer server = serve("[json, json+zstd, json+lz4]")) {
            for (String encoding : List.of("json", "json+zstd", "json+lz4", "json+zstd,json+lz4,json")) {
                assertThat(answers(server, encoding)).as(encoding).isEqualTo(plain);
            }
        }
    }

    private TestServer serve(String encodings) throws Exception {
        Files.writeString(
                folder.resolve("tarn.yml"),
                "name: test\nserver:\n  port: 0\nlimits:\n  memory: 512MB\nspooling:\n  encodings: " + encodings
                        + "\n");
        return TestServer.start(folder);
    }

    /// For each statement the number of its rows, a digest of them all, and the first.
    private static List<List<String>> answers(TestServer server, String encoding) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", "ada");
        properties.setProperty("encoding", encoding);
        List<List<String>> answers = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:trino://" + server.url().substring("http://".length()) + "/tarn", properties);
                Statement statement = connection.createStatement()) {
            for (String sql : STATEMENTS) {
                try (ResultSet rows = statement.executeQuery(sql)) {
                    answers.add(answer(rows));
                }
            }
        }
        return answers;
    }

    private static List<String> answer(ResultSet rows) throws SQLException {
        StringBuilder columns = new StringBuilder();
        int width = rows.getMetaData().getColumnCount();
        for (int i = 1; i <= width; i++) {
            columns.append(rows.getMetaData().getColumnTypeName(i)).append(' ');
        }
        long count = 0;
        String first = "";
        String digest = "";
        while (rows.next()) {
            StringBuilder row = new StringBuilder();
            for (int i = 1; i <= width; i++) {
                row.append(shown(rows.getObject(i))).append('|');
            }
            first = count++ == 0 ? row.toString() : first;
            digest = Sha256.hex(digest + row);
        }
        return List.of(count + " rows", columns.toString(), first, digest);
    }

    private static String shown(Object value) throws SQLException {
        return switch (value) {
            case null -> "null";
            case byte[] bytes -> java.util.HexFormat.of().formatHex(bytes);
            case java.sql.Array array -> shown(array.getArray());
            case Object[] items -> {
                StringBuilder all = new StringBuilder("[");
                for (Object item : items) {
                    all.append(shown(item)).append(',');
                }
                yield all.append(']').toString();
            }
            case Object other -> Objects.toString(other);
        };
    }
}
