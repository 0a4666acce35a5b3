package dev.tarn.ingest;

import dev.tarn.core.identity.Identity;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import dev.tarn.query.duckdb.ManifestCache;
import dev.tarn.query.duckdb.ScanRequest;
import dev.tarn.query.duckdb.ScanSql;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Expressions;

/// A lake in a folder, with an ingestor on it.
final class IngestFixture implements AutoCloseable {
    static final Identity ANN = new Identity("ann", "test", false);

    final Lake lake;
    final DuckDb duckDb;
    final Ingestor ingestor;

    IngestFixture(Path folder) {
        lake = Lake.open(LakeConfig.inFolder(folder));
        duckDb = DuckDb.open(DuckDbConfig.of(1L << 30, 2, folder.resolve("tmp"), folder.resolve("warehouse")));
        ingestor = new Ingestor(lake, duckDb);
    }

    static TableIdentifier bronze(String name) {
        return TableIdentifier.of("bronze", name);
    }

    LoadResult load(Source source) {
        return ingestor.load(source, "main", ANN, LoadProgress.NONE);
    }

    /// Rows as text, values separated by bars; `{t}` stands for the table.
    List<String> query(TableIdentifier identifier, String sql) throws SQLException {
        Table table = lake.main().loadTable(identifier);
        String scan = new ScanSql(ManifestCache.standard())
                .scan(
                        table,
                        new ScanRequest(
                                OptionalLong.empty(),
                                Expressions.alwaysTrue(),
                                table.schema().columns(),
                                false))
                .sql();
        List<String> rows = new ArrayList<>();
        try (Connection connection = duckDb.connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql.replace("{t}", scan))) {
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    row.add(String.valueOf(result.getObject(i)));
                }
                rows.add(String.join("|", row));
            }
        }
        return rows;
    }

    @Override
    public void close() {
        duckDb.close();
        lake.close();
    }
}
