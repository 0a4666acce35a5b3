package dev.tarn.query.duckdb;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.inmemory.InMemoryCatalog;
import org.apache.iceberg.types.Types;

/// Iceberg tables with metadata in memory and data files in a folder, read and written through DuckDB.
final class TestTables implements AutoCloseable {
    final DuckDb duckDb;
    final Connection connection;
    final Path folder;
    private final InMemoryCatalog catalog = new InMemoryCatalog();
    private final ScanSql scans = new ScanSql(ManifestCache.standard());

    TestTables(Path folder) {
        this.folder = folder;
        duckDb = DuckDb.open(DuckDbConfig.of(512L << 20, 2, folder.resolve("spill"), folder.resolve("lake")));
        connection = duckDb.connect();
        catalog.initialize("test", Map.of("warehouse", "file://" + folder.resolve("lake")));
        catalog.createNamespace(Namespace.of("db"));
    }

    Table create(String name, Schema schema, PartitionSpec spec, Map<String, String> properties) {
        return catalog.createTable(TableIdentifier.of("db", name), schema, spec, properties);
    }

    Table create(String name, Schema schema) {
        return create(name, schema, PartitionSpec.unpartitioned(), Map.of());
    }

    List<DataFile> insert(Table table, String select) {
        List<DataFile> files = DataFileWriter.write(connection, table, select);
        AppendFiles append = table.newAppend();
        files.forEach(append::appendFile);
        append.commit();
        return files;
    }

    Scan scan(Table table, Expression filter, String... columns) {
        List<Types.NestedField> fields = new ArrayList<>();
        for (String column : columns) {
            fields.add(table.schema().findField(column));
        }
        return scans.scan(table, new ScanRequest(OptionalLong.empty(), filter, fields, false));
    }

    Scan scanAll(Table table) {
        return scans.scan(
                table,
                new ScanRequest(
                        OptionalLong.empty(),
                        Expressions.alwaysTrue(),
                        table.schema().columns(),
                        true));
    }

    /// Each row as DuckDB prints it.
    List<String> query(String sql) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= columns; i++) {
                    row.add(String.valueOf(result.getObject(i)));
                }
                rows.add(String.join("|", row));
            }
        }
        return rows;
    }

    @Override
    public void close() throws SQLException {
        connection.close();
        duckDb.close();
    }
}
