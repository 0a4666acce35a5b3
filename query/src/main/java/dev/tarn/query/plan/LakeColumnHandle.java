package dev.tarn.query.plan;

import io.trino.spi.connector.ColumnHandle;
import io.trino.spi.type.BigintType;
import io.trino.spi.type.TimestampWithTimeZoneType;
import io.trino.spi.type.Type;
import io.trino.spi.type.VarcharType;
import java.util.List;
import org.apache.iceberg.Table;

/// A column of a lake table, known by its Iceberg field id. Columns below zero are not in the table's schema:
/// [#ROW_ID] stands for the row itself in DELETE, UPDATE and MERGE, and the [#HIDDEN] ones say where a row stands.
public record LakeColumnHandle(int fieldId, String name, Type type) implements ColumnHandle {
    /// The pseudo-column that names a row by file and position.
    public static final LakeColumnHandle ROW_ID = new LakeColumnHandle(-1, "$row_id", BigintType.BIGINT);

    /// The location of the row's file.
    public static final LakeColumnHandle PATH = new LakeColumnHandle(-2, "$path", VarcharType.VARCHAR);

    /// When the row's file was written.
    public static final LakeColumnHandle MODIFIED =
            new LakeColumnHandle(-3, "$file_modified_time", TimestampWithTimeZoneType.TIMESTAMP_TZ_MILLIS);

    /// The row's partition, as a path.
    public static final LakeColumnHandle PARTITION = new LakeColumnHandle(-4, "$partition", VarcharType.VARCHAR);

    /// The row's id that it keeps for as long as it lives.
    public static final LakeColumnHandle LINEAGE_ID = new LakeColumnHandle(-5, "$row_id", BigintType.BIGINT);

    /// The sequence number of the commit that last changed the row.
    public static final LakeColumnHandle LINEAGE_SEQUENCE =
            new LakeColumnHandle(-6, "$last_updated_sequence_number", BigintType.BIGINT);

    /// Columns that every table has and no `*` gives.
    private static final List<LakeColumnHandle> HIDDEN = List.of(PARTITION, PATH, MODIFIED);

    private static final List<LakeColumnHandle> HIDDEN_WITH_LINEAGE =
            List.of(LINEAGE_ID, LINEAGE_SEQUENCE, PARTITION, PATH, MODIFIED);

    /// Those of a table.
    static List<LakeColumnHandle> hidden(Table table) {
        return LakeTableProperties.formatVersion(table) >= 3 ? HIDDEN_WITH_LINEAGE : HIDDEN;
    }

    /// Whether it is not in the table's schema.
    boolean isHidden() {
        return fieldId < 0;
    }

    @Override
    public String toString() {
        return name;
    }
}
