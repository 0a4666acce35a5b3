package dev.tarn.query.duckdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFileTest {
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

    @Test
    void rowsComeBackAndCarryMetrics() throws Exception {
        Schema schema = new Schema(
                Types.NestedField.required(1, "id", Types.LongType.get()),
                Types.NestedField.optional(2, "na\"me", Types.StringType.get()),
                Types.NestedField.optional(3, "price", Types.DecimalType.of(12, 2)),
                Types.NestedField.optional(4, "rate", Types.DoubleType.get()),
                Types.NestedField.optional(
                        5,
                        "place",
                        Types.StructType.of(
                                Types.NestedField.optional(6, "city", Types.StringType.get()),
                                Types.NestedField.optional(
                                        7, "codes", Types.ListType.ofOptional(8, Types.IntegerType.get())))));
        Table table = tables.create("t", schema);

        DataFile file = tables.insert(table, """
                        SELECT i AS id, 'long text of the row ' || i AS "na""me", CAST(i AS DECIMAL(12, 2)) / 4 AS price,
                            CASE WHEN i % 5 = 0 THEN 'NaN'::DOUBLE ELSE i END AS rate,
                            {'city': 'c' || i, 'codes': [i, i + 1]} AS place
                        FROM range(-10, 100) r(i)""").getFirst();

        assertThat(file.recordCount()).isEqualTo(110);
        assertThat(file.nanValueCounts()).containsEntry(4, 22L);
        assertThat(file.valueCounts()).containsEntry(6, 110L).doesNotContainKey(8);
        assertThat((Long) Conversions.fromByteBuffer(
                        Types.LongType.get(), file.lowerBounds().get(1)))
                .isEqualTo(-10L);
        assertThat(Conversions.fromByteBuffer(
                                Types.StringType.get(), file.upperBounds().get(2))
                        .toString())
                .isEqualTo("long text of thf");
        assertThat(tables.query("SELECT count(*), sum(id), max(place.codes[2]) FROM "
                        + tables.scanAll(table).sql()))
                .containsExactly("110|4895|100");
    }

    @Test
    void partitionedFilesHoldTheirPartitionsRowsOnly() throws Exception {
        Schema schema = new Schema(
                Types.NestedField.optional(1, "id", Types.LongType.get()),
                Types.NestedField.optional(2, "day", Types.DateType.get()));
        PartitionSpec spec = PartitionSpec.builderFor(schema).month("day").build();
        Table table = tables.create("t", schema, spec, Map.of());

        List<DataFile> files = tables.insert(
                table, "SELECT i AS id, DATE '1969-11-20' + CAST(i AS INTEGER) AS day FROM range(100) r(i)");

        assertThat(files).hasSize(4);
        Scan scan = tables.scan(table, Expressions.equal("day", -15), "id");
        assertThat(scan.files()).hasSize(1);
        assertThat(tables.query("SELECT count(*) FROM " + scan.sql())).containsExactly("31");
    }
}
