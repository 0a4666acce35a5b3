package dev.tarn.ingest;

import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.query.duckdb.DataFileWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.TypeUtil;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// The table that a source fills, made and widened as its files ask for. Its schema is where inferred types
/// are written down: once a column is there, its type is never guessed again.
final class TargetTable {
    /// Bronze rows are read about once for each time that they are written.
    private static final String DICTIONARY_VALUES_MAX = "1000";

    private final LakeCatalog catalog;
    private final TableIdentifier identifier;
    private @Nullable Table table;

    TargetTable(LakeCatalog catalog, TableIdentifier identifier) {
        this.catalog = catalog;
        this.identifier = identifier;
    }

    boolean exists() {
        if (table == null && catalog.tableExists(identifier)) {
            table = catalog.loadTable(identifier);
        }
        return table != null;
    }

    /// The table as it was when it was last changed here. Only one load at a time can commit, and a change
    /// of the schema by others meanwhile makes the files written for it no worse.
    Table table() {
        if (!exists()) {
            throw new IllegalStateException(identifier + " is not made yet");
        }
        return Objects.requireNonNull(table);
    }

    boolean has(String column) {
        return exists() && table().schema().findField(column) != null;
    }

    /// The table with at least these columns, each of at least this type.
    Table with(Map<String, Type> columns) {
        if (!exists()) {
            List<Types.NestedField> fields = new ArrayList<>();
            columns.forEach((name, type) -> fields.add(Types.NestedField.optional(fields.size(), name, type)));
            fields.add(Types.NestedField.optional(
                    fields.size(),
                    Bookkeeping.SOURCE_FILE,
                    Types.StringType.get(),
                    "the file that the row comes from"));
            fields.add(Types.NestedField.optional(
                    fields.size(),
                    Bookkeeping.SOURCE_LINE,
                    Types.LongType.get(),
                    "the line (of Parquet: the row) in that file, from 1"));
            fields.add(Types.NestedField.optional(
                    fields.size(), Bookkeeping.LOADED_AT, Types.TimestampType.withZone(), "when the file was loaded"));
            table = create(catalog, identifier, TypeUtil.assignFreshIds(new Schema(fields), new Ids()::next));
            return table;
        }
        Table table = table();
        UpdateSchema update = table.updateSchema();
        boolean changed = false;
        for (Map.Entry<String, Type> column : columns.entrySet()) {
            Types.NestedField present = table.schema().findField(column.getKey());
            if (present == null) {
                update.addColumn(column.getKey(), column.getValue());
                if (table.schema().findField(Bookkeeping.SOURCE_FILE) != null) {
                    update.moveBefore(column.getKey(), Bookkeeping.SOURCE_FILE);
                }
                changed = true;
            } else if (!present.type().equals(column.getValue())
                    && column.getValue().isPrimitiveType()
                    && TypeUtil.isPromotionAllowed(
                            present.type(), column.getValue().asPrimitiveType())) {
                update.updateColumn(column.getKey(), column.getValue().asPrimitiveType());
                changed = true;
            }
        }
        if (changed) {
            update.commit();
            table.refresh();
        }
        return table;
    }

    /// A table, made if it is not there.
    static Table create(LakeCatalog catalog, TableIdentifier identifier, Schema schema) {
        if (catalog.tableExists(identifier)) {
            return catalog.loadTable(identifier);
        }
        if (!catalog.namespaceExists(identifier.namespace())) {
            try {
                catalog.createNamespace(identifier.namespace(), Map.of());
            } catch (AlreadyExistsException e) {
                // Somebody else made it at the same moment.
            }
        }
        try {
            // Whole paths as bounds, so that the rows of one file are found without reading others.
            return catalog.createTable(
                    identifier,
                    schema,
                    PartitionSpec.unpartitioned(),
                    schema.findField(Bookkeeping.SOURCE_FILE) == null
                            ? Map.of()
                            : Map.of(
                                    "write.metadata.metrics.column." + Bookkeeping.SOURCE_FILE,
                                    "full",
                                    DataFileWriter.DICTIONARY_VALUES_MAX,
                                    DICTIONARY_VALUES_MAX));
        } catch (AlreadyExistsException e) {
            return catalog.loadTable(identifier);
        }
    }

    private static final class Ids {
        private int last;

        int next() {
            return ++last;
        }
    }
}
