package dev.tarn.query.duckdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileMetadata;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.deletes.BaseDVFileWriter;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.OutputFileFactory;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rows that other engines deleted are gone.
class DeletesTest {
    private static final Schema SCHEMA = new Schema(
            Types.NestedField.optional(1, "id", Types.LongType.get()),
            Types.NestedField.optional(2, "part", Types.IntegerType.get()));

    @TempDir
    Path folder;

    private TestTables tables;

    @BeforeEach
    void open() {
        tables = new TestTables(folder);
    }

    @AfterEach
    void close() throws Exception {
        tables.close();
    }

    private List<String> ids(Table table) throws Exception {
        return tables.query("SELECT id FROM "
                + tables.scan(table, Expressions.alwaysTrue(), "id").sql() + " ORDER BY id");
    }

    private DeleteFile deleteFile(Table table, FileMetadata.Builder builder, String select, String fieldIds)
            throws Exception {
        String name = "/data/delete-" + System.nanoTime() + ".parquet";
        Path path = Path.of(Locations.path(table.location() + name));
        Files.createDirectories(path.getParent());
        tables.query(
                "COPY (" + select + ") TO '" + path + "' (FORMAT parquet, RETURN_STATS, FIELD_IDS " + fieldIds + ")");
        return builder.withPath(table.location() + name)
                .withFormat(FileFormat.PARQUET)
                .withFileSizeInBytes(Files.size(path))
                .withRecordCount(1)
                .build();
    }

    @Test
    void positionDeletes() throws Exception {
        Table table = tables.create("t", SCHEMA);
        DataFile one = tables.insert(table, "SELECT i AS id, 1 AS part FROM range(5) r(i)")
                .getFirst();
        tables.insert(table, "SELECT i AS id, 1 AS part FROM range(10, 13) r(i)");
        DeleteFile delete = deleteFile(
                table,
                FileMetadata.deleteFileBuilder(table.spec()).ofPositionDeletes(),
                "SELECT '" + one.location() + "' AS file_path, unnest([0, 3]) AS pos",
                "{file_path: 2147483546, pos: 2147483545}");
        table.newRowDelta().addDeletes(delete).commit();

        assertThat(ids(table)).containsExactly("1", "2", "4", "10", "11", "12");
        assertThat(tables.query("SELECT \"$pos\" FROM " + tables.scanAll(table).sql() + " WHERE \"$path\" = '"
                        + one.location() + "' ORDER BY 1"))
                .containsExactly("1", "2", "4");
        assertThat(tables.query("SELECT count(*) FROM "
                        + tables.scan(table, Expressions.alwaysTrue()).sql()))
                .containsExactly("6");
    }

    @Test
    void equalityDeletesCountForEarlierFilesOfTheirPartition() throws Exception {
        PartitionSpec spec = PartitionSpec.builderFor(SCHEMA).identity("part").build();
        Table table = tables.create("t", SCHEMA, spec, Map.of());
        String rows = "SELECT i AS id, CAST(i % 2 AS INTEGER) AS part FROM range(6) r(i)";
        tables.insert(table, rows + " UNION ALL SELECT NULL, 0");
        DataFile template = tables.insert(table, "SELECT 100 AS id, 0 AS part").getFirst();
        DeleteFile delete = deleteFile(
                table,
                FileMetadata.deleteFileBuilder(spec).ofEqualityDeletes(1).withPartition(template.partition()),
                "SELECT unnest([2, 3, NULL]) AS id",
                "{id: 1}");
        table.newRowDelta().addDeletes(delete).commit();
        tables.insert(table, "SELECT 2 AS id, 0 AS part");

        // 3 is of the other partition, the second 2 is younger than the delete; part is read without id too.
        assertThat(ids(table)).containsExactly("0", "1", "2", "3", "4", "5", "100");
        assertThat(tables.query("SELECT sum(part), count(*) FROM "
                        + tables.scan(table, Expressions.alwaysTrue(), "part").sql()))
                .containsExactly("3|7");
    }

    @Test
    void deletionVectors() throws Exception {
        Table table = tables.create("t", SCHEMA, PartitionSpec.unpartitioned(), Map.of("format-version", "3"));
        DataFile one = tables.insert(table, "SELECT i AS id, 1 AS part FROM range(100000) r(i)")
                .getFirst();
        tables.insert(table, "SELECT -1 AS id, 1 AS part");
        try (BaseDVFileWriter writer = new BaseDVFileWriter(
                OutputFileFactory.builderFor(table, 1, 1)
                        .format(FileFormat.PUFFIN)
                        .build(),
                path -> null)) {
            for (long position = 10; position < 100_000; position++) {
                writer.delete(one.location(), position, table.spec(), null);
            }
            writer.close();
            RowDelta delta = table.newRowDelta();
            for (DeleteFile delete : writer.result().deleteFiles()) {
                // The catalog of this test keeps such files in memory, and DuckDB's side reads the disk.
                Path path = Path.of(Locations.path(delete.location()));
                Files.createDirectories(path.getParent());
                try (var in = table.io().newInputFile(delete.location()).newStream()) {
                    Files.write(path, in.readAllBytes());
                }
                delta.addDeletes(delete);
            }
            delta.commit();
        }
        assertThat(tables.query("SELECT count(*), sum(id) FROM "
                        + tables.scan(table, Expressions.alwaysTrue(), "id").sql()))
                .containsExactly("11|44");
    }

    @Test
    void columnsAreFoundByIdAfterTheyWereRenamedWidenedAndAdded() throws Exception {
        Schema schema = new Schema(
                Types.NestedField.optional(1, "a", Types.IntegerType.get()),
                Types.NestedField.optional(
                        2,
                        "s",
                        Types.StructType.of(
                                Types.NestedField.optional(3, "x", Types.IntegerType.get()),
                                Types.NestedField.optional(4, "y", Types.StringType.get()))));
        Table table = tables.create("t", schema);
        tables.insert(table, "SELECT 1 AS a, {'x': 2, 'y': 'z'} AS s");
        table.updateSchema()
                .renameColumn("a", "b")
                .updateColumn("a", Types.LongType.get())
                .renameColumn("s.x", "w")
                .deleteColumn("s.y")
                .commit();
        table.updateSchema()
                .addColumn("s", "y", Types.StringType.get())
                .addColumn("a", Types.StringType.get())
                .commit();
        tables.insert(table, "SELECT 5000000000 AS b, {'w': 3, 'y': 'new'} AS s, 'text' AS a");

        assertThat(tables.query("SELECT b, s, a FROM "
                        + tables.scan(table, Expressions.alwaysTrue(), "a", "s", "b")
                                .sql() + " ORDER BY b"))
                .containsExactly("1|{w=2, y=null}|null", "5000000000|{w=3, y=new}|text");
    }

    @Test
    void noStatementReachesAFileOutsideTheWarehouse() {
        for (String statement : List.of(
                "SELECT * FROM read_csv('/etc/passwd')",
                "SELECT * FROM read_text('/etc/passwd')",
                "SELECT * FROM '/etc/passwd'",
                "SELECT * FROM glob('/*')",
                "COPY (SELECT 1) TO '/tmp/tarn-escape.csv'",
                "ATTACH '/tmp/tarn-escape.db'",
                "INSTALL httpfs",
                "LOAD httpfs",
                "SELECT * FROM read_parquet('http://127.0.0.1:1/x.parquet')",
                "SELECT * FROM read_text('" + folder.resolve("lake") + "/../../../etc/passwd')",
                "SET enable_external_access = true",
                "SET allowed_directories = ['/']",
                "SET lock_configuration = false",
                "SET memory_limit = '100GB'",
                "SET threads = 64",
                "EXPORT DATABASE '/tmp/tarn-escape'")) {
            assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> tables.query(statement)))
                    .describedAs(statement)
                    .isInstanceOf(java.sql.SQLException.class);
        }
    }
}
