package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The queries of TPC-DS plan, compile and run, and give as many rows as DuckDB does for the same text.
class TpcdsTest {
    /// A division of whole numbers cuts in Trino and does not in DuckDB.
    private static final Set<String> DIFFER = Set.of("q34.sql");

    /// Quotients whose divisor is zero on so little data: an error in Trino, not in DuckDB.
    private static final Set<String> DIVIDE_BY_ZERO = Set.of("q12.sql", "q90.sql");

    @TempDir
    static Path folder;

    static TestEngine engine;
    static DuckDBConnection duck;

    @BeforeAll
    static void load() throws SQLException {
        engine = new TestEngine(folder);
        Tpcds.load(engine, 0.01, 2_000);
        engine.session = engine.session.withSchema("tpcds");
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

    static List<Path> queries() throws IOException, URISyntaxException {
        Path resources = Path.of(
                Objects.requireNonNull(TpcdsTest.class.getResource("/tpcds")).toURI());
        try (var files = Files.list(resources)) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("queries")
    void runs(Path file) throws IOException, SQLException {
        String name = file.getFileName().toString();
        String sql = Files.readString(file);
        if (DIVIDE_BY_ZERO.contains(name)) {
            assertThat(engine.engine.compile(engine.session, sql).columns()).isNotEmpty();
            return;
        }
        int ours = engine.run(sql).size();
        if (!DIFFER.contains(name)) {
            assertThat(ours).isEqualTo(rowsOfDuckDb(sql));
        }
    }

    private static int rowsOfDuckDb(String sql) throws SQLException {
        int rows = 0;
        try (Statement statement = duck.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                rows++;
            }
        }
        return rows;
    }
}
