package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The 22 queries of TPC-H against DuckDB's own answers to the same text over the same files.
class TpchTest {
    @TempDir
    static Path folder;

    static TestEngine engine;
    static DuckDBConnection duck;

    @BeforeAll
    static void load() throws SQLException {
        engine = new TestEngine(folder);
        Tpch.load(engine, 0.01);
        engine.session = engine.session.withSchema("tpch");
        duck = engine.duckDb.connect();
        for (List<@Nullable Object> table : engine.run("SHOW TABLES")) {
            CompiledQuery all = engine.engine.compile(engine.session, "SELECT * FROM " + table.getFirst());
            List<String> names = new ArrayList<>();
            for (int i = 0; i < all.columns().size(); i++) {
                names.add("c" + i + " AS " + all.columns().get(i).name());
            }
            try (Statement statement = duck.createStatement()) {
                statement.execute("CREATE TEMP VIEW " + table.getFirst() + " AS SELECT " + String.join(", ", names)
                        + " FROM (" + all.duckSql() + ")");
            }
        }
    }

    @AfterAll
    static void close() throws SQLException {
        duck.close();
        engine.close();
    }

    static IntStream numbers() {
        return IntStream.rangeClosed(1, 22);
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void equalsDuckDb(int number) throws IOException, SQLException {
        String sql = text("/tpch/q%02d.sql".formatted(number));
        List<List<@Nullable Object>> ours = engine.run(sql);
        List<List<@Nullable Object>> theirs = duck(sql);
        assertThat(ours).hasSameSizeAs(theirs);
        for (int row = 0; row < ours.size(); row++) {
            for (int column = 0; column < ours.get(row).size(); column++) {
                Object mine = ours.get(row).get(column);
                Object other = theirs.get(row).get(column);
                assertThat(same(mine, other))
                        .as("row %d, column %d: %s and %s", row, column, mine, other)
                        .isTrue();
            }
        }
    }

    static String text(String resource) throws IOException {
        try (InputStream in = Objects.requireNonNull(TpchTest.class.getResourceAsStream(resource))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static List<List<@Nullable Object>> duck(String sql) throws SQLException {
        List<List<@Nullable Object>> rows = new ArrayList<>();
        try (Statement statement = duck.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                List<@Nullable Object> row = new ArrayList<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    row.add(result.getObject(i));
                }
                rows.add(row);
            }
        }
        return rows;
    }

    /// Equal, but for what Trino's decimal quotients round and DuckDB's doubles do not.
    private static boolean same(@Nullable Object mine, @Nullable Object other) {
        if (mine == null || other == null) {
            return mine == null && other == null;
        }
        if (other instanceof Number number) {
            double expected = number.doubleValue();
            double actual = Double.parseDouble(mine.toString());
            return Math.abs(expected - actual) <= Math.max(0.005001, Math.abs(expected) * 1e-9);
        }
        return mine.toString().equals(other.toString());
    }
}
