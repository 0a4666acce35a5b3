package dev.tarn.ingest;

import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Types;

/// The tables beside a loaded table, and the columns that say where its rows come from.
///
/// The list of loaded files is a table of its own, written in the same commit as the rows: a snapshot's
/// summary could not hold a hundred thousand paths, and counting them back out of the rows' own
/// `_source_file` would read all rows and forget the files that had none.
final class Bookkeeping {
    static final String SOURCE_FILE = "_source_file";
    static final String SOURCE_LINE = "_source_line";
    static final String LOADED_AT = "_loaded_at";
    static final List<String> PROVENANCE = List.of(SOURCE_FILE, SOURCE_LINE, LOADED_AT);

    static final Schema FILES = new Schema(
            Types.NestedField.required(1, "path", Types.StringType.get()),
            Types.NestedField.required(2, "size_bytes", Types.LongType.get()),
            Types.NestedField.required(3, "modified_at", Types.TimestampType.withZone()),
            Types.NestedField.required(4, "rows", Types.LongType.get()),
            Types.NestedField.required(5, "rejects", Types.LongType.get()),
            Types.NestedField.required(6, "loaded_at", Types.TimestampType.withZone()));

    static final Schema REJECTS = new Schema(
            Types.NestedField.required(1, "source_file", Types.StringType.get()),
            Types.NestedField.required(2, "line", Types.LongType.get()),
            Types.NestedField.optional(3, "text", Types.StringType.get()),
            Types.NestedField.required(4, "reason", Types.StringType.get()),
            Types.NestedField.required(5, "loaded_at", Types.TimestampType.withZone()));

    private Bookkeeping() {}

    static TableIdentifier files(TableIdentifier table) {
        return TableIdentifier.of(table.namespace(), table.name() + "__files");
    }

    static TableIdentifier rejects(TableIdentifier table) {
        return TableIdentifier.of(table.namespace(), table.name() + "__rejects");
    }
}
