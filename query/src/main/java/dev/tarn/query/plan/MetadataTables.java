package dev.tarn.query.plan;

import static dev.tarn.query.plan.TableRows.row;
import static io.trino.spi.type.BigintType.BIGINT;
import static io.trino.spi.type.BooleanType.BOOLEAN;
import static io.trino.spi.type.IntegerType.INTEGER;
import static io.trino.spi.type.TimestampWithTimeZoneType.TIMESTAMP_TZ_MILLIS;
import static io.trino.spi.type.VarcharType.VARCHAR;

import io.trino.spi.connector.ColumnMetadata;
import io.trino.spi.connector.SchemaTableName;
import io.trino.spi.connector.SystemTable;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.Type;
import io.trino.spi.type.TypeManager;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.HistoryEntry;
import org.apache.iceberg.ManifestContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadata.MetadataLogEntry;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.util.SnapshotUtil;
import org.jspecify.annotations.Nullable;

/// The tables `name$snapshots` and its kin: a table's metadata as rows, with the columns of Trino's Iceberg connector.
final class MetadataTables {
    private static final RowType SUMMARY = RowType.rowType(
            RowType.field("contains_null", BOOLEAN),
            RowType.field("contains_nan", BOOLEAN),
            RowType.field("lower_bound", VARCHAR),
            RowType.field("upper_bound", VARCHAR));

    /// What `$properties` says under names of its own.
    private static final Set<String> RESERVED =
            Set.of("provider", "format", "current-snapshot-id", "location", "format-version");

    private final SchemaTableName name;
    private final Table table;
    private final TypeManager types;

    private MetadataTables(SchemaTableName name, Table table, TypeManager types) {
        this.name = name;
        this.table = table;
        this.types = types;
    }

    /// The name of the table that a name with a `$` is about; empty for all other names.
    static Optional<SchemaTableName> base(SchemaTableName name) {
        int dollar = name.getTableName().lastIndexOf('$');
        return dollar <= 0
                ? Optional.empty()
                : Optional.of(new SchemaTableName(
                        name.getSchemaName(), name.getTableName().substring(0, dollar)));
    }

    /// The table of this name over `table`; empty when there is no such kind.
    static Optional<SystemTable> find(SchemaTableName name, Table table, TypeManager types) {
        MetadataTables tables = new MetadataTables(name, table, types);
        String kind = name.getTableName()
                .substring(name.getTableName().lastIndexOf('$') + 1)
                .toLowerCase(Locale.ROOT);
        return Optional.ofNullable(
                switch (kind) {
                    case "snapshots" -> tables.snapshots();
                    case "history" -> tables.history();
                    case "refs" -> tables.refs();
                    case "properties" -> tables.properties();
                    case "metadata_log_entries" -> tables.metadataLogEntries();
                    case "manifests" -> tables.manifests();
                    case "all_manifests" -> tables.allManifests();
                    case "files" -> new FileTables(name, table, types).files();
                    case "partitions" -> new FileTables(name, table, types).partitions();
                    case "entries" -> new FileTables(name, table, types).entries(false);
                    case "all_entries" -> new FileTables(name, table, types).entries(true);
                    default -> null;
                });
    }

    static Type map(TypeManager types, Type key, Type value) {
        return new io.trino.spi.type.MapType(key, value, types.getTypeOperators());
    }

    static ColumnMetadata column(String name, Type type) {
        return new ColumnMetadata(name, type);
    }

    private SystemTable snapshots() {
        return TableRows.of(
                name,
                List.of(
                        column("committed_at", TIMESTAMP_TZ_MILLIS),
                        column("snapshot_id", BIGINT),
                        column("parent_id", BIGINT),
                        column("operation", VARCHAR),
                        column("manifest_list", VARCHAR),
                        column("summary", map(types, VARCHAR, VARCHAR))),
                () -> {
                    List<List<@Nullable Object>> rows = new ArrayList<>();
                    for (Snapshot snapshot : table.snapshots()) {
                        rows.add(row(
                                snapshot.timestampMillis(),
                                snapshot.snapshotId(),
                                snapshot.parentId(),
                                snapshot.operation(),
                                snapshot.manifestListLocation(),
                                snapshot.summary()));
                    }
                    return rows;
                });
    }

    private SystemTable history() {
        return TableRows.of(
                name,
                List.of(
                        column("made_current_at", TIMESTAMP_TZ_MILLIS),
                        column("snapshot_id", BIGINT),
                        column("parent_id", BIGINT),
                        column("is_current_ancestor", BOOLEAN)),
                () -> {
                    Set<Long> ancestors = Set.copyOf(SnapshotUtil.currentAncestorIds(table));
                    List<List<@Nullable Object>> rows = new ArrayList<>();
                    for (Snapshot snapshot : table.snapshots()) {
                        rows.add(row(
                                snapshot.timestampMillis(),
                                snapshot.snapshotId(),
                                snapshot.parentId(),
                                ancestors.contains(snapshot.snapshotId())));
                    }
                    return rows;
                });
    }

    private SystemTable refs() {
        return TableRows.of(
                name,
                List.of(
                        column("name", VARCHAR),
                        column("type", VARCHAR),
                        column("snapshot_id", BIGINT),
                        column("max_reference_age_in_ms", BIGINT),
                        column("min_snapshots_to_keep", INTEGER),
                        column("max_snapshot_age_in_ms", BIGINT)),
                () -> {
                    List<List<@Nullable Object>> rows = new ArrayList<>();
                    table.refs()
                            .forEach((ref, about) -> rows.add(row(
                                    ref,
                                    about.type().name(),
                                    about.snapshotId(),
                                    about.maxRefAgeMs(),
                                    about.minSnapshotsToKeep(),
                                    about.maxSnapshotAgeMs())));
                    return rows;
                });
    }

    private SystemTable properties() {
        return TableRows.of(name, List.of(column("key", VARCHAR), column("value", VARCHAR)), () -> {
            Map<String, String> properties = new LinkedHashMap<>();
            Snapshot current = table.currentSnapshot();
            properties.put(
                    "format",
                    "iceberg/"
                            + table.properties()
                                    .getOrDefault(
                                            TableProperties.DEFAULT_FILE_FORMAT,
                                            TableProperties.DEFAULT_FILE_FORMAT_DEFAULT));
            properties.put("provider", "iceberg");
            properties.put("current-snapshot-id", current == null ? "none" : Long.toString(current.snapshotId()));
            properties.put("location", table.location());
            properties.put("format-version", Integer.toString(LakeTableProperties.formatVersion(table)));
            if (table.sortOrder().isSorted()) {
                properties.put("sort-order", String.join(", ", LakeTableProperties.sortTexts(table.sortOrder())));
            }
            table.properties().forEach((key, value) -> {
                if (!RESERVED.contains(key)) {
                    properties.put(key, value);
                }
            });
            List<List<@Nullable Object>> rows = new ArrayList<>();
            properties.forEach((key, value) -> rows.add(row(key, value)));
            return rows;
        });
    }

    private SystemTable metadataLogEntries() {
        return TableRows.of(
                name,
                List.of(
                        column("timestamp", TIMESTAMP_TZ_MILLIS),
                        column("file", VARCHAR),
                        column("latest_snapshot_id", BIGINT),
                        column("latest_schema_id", INTEGER),
                        column("latest_sequence_number", BIGINT)),
                () -> {
                    TableMetadata now =
                            ((HasTableOperations) table).operations().current();
                    List<List<@Nullable Object>> rows = new ArrayList<>();
                    for (MetadataLogEntry entry : now.previousFiles()) {
                        rows.add(logEntry(entry.timestampMillis(), entry.file()));
                    }
                    rows.add(logEntry(now.lastUpdatedMillis(), now.metadataFileLocation()));
                    return rows;
                });
    }

    private List<@Nullable Object> logEntry(long millis, String file) {
        Snapshot latest = table.history().stream()
                .filter(entry -> entry.timestampMillis() <= millis)
                .reduce((first, second) -> second)
                .map(HistoryEntry::snapshotId)
                .map(table::snapshot)
                .orElse(null);
        return latest == null
                ? row(millis, file, null, null, null)
                : row(millis, file, latest.snapshotId(), latest.schemaId(), latest.sequenceNumber());
    }

    private SystemTable manifests() {
        return TableRows.of(
                name,
                List.of(
                        column("content", INTEGER),
                        column("path", VARCHAR),
                        column("length", BIGINT),
                        column("partition_spec_id", INTEGER),
                        column("added_snapshot_id", BIGINT),
                        column("added_data_files_count", INTEGER),
                        column("added_rows_count", BIGINT),
                        column("existing_data_files_count", INTEGER),
                        column("existing_rows_count", BIGINT),
                        column("deleted_data_files_count", INTEGER),
                        column("deleted_rows_count", BIGINT),
                        column("partition_summaries", new ArrayType(SUMMARY))),
                () -> {
                    List<List<@Nullable Object>> rows = new ArrayList<>();
                    Snapshot current = table.currentSnapshot();
                    for (ManifestFile file :
                            current == null ? List.<ManifestFile>of() : current.allManifests(table.io())) {
                        rows.add(row(
                                file.content().id(),
                                file.path(),
                                file.length(),
                                file.partitionSpecId(),
                                file.snapshotId(),
                                file.addedFilesCount(),
                                file.addedRowsCount(),
                                file.existingFilesCount(),
                                file.existingRowsCount(),
                                file.deletedFilesCount(),
                                file.deletedRowsCount(),
                                summaries(file, false)));
                    }
                    return rows;
                });
    }

    private SystemTable allManifests() {
        return TableRows.of(
                name,
                List.of(
                        column("content", INTEGER),
                        column("path", VARCHAR),
                        column("length", BIGINT),
                        column("partition_spec_id", INTEGER),
                        column("added_snapshot_id", BIGINT),
                        column("added_data_files_count", INTEGER),
                        column("existing_data_files_count", INTEGER),
                        column("deleted_data_files_count", INTEGER),
                        column("added_delete_files_count", INTEGER),
                        column("existing_delete_files_count", INTEGER),
                        column("deleted_delete_files_count", INTEGER),
                        column("partition_summaries", new ArrayType(SUMMARY)),
                        column("reference_snapshot_id", BIGINT)),
                () -> {
                    List<List<@Nullable Object>> rows = new ArrayList<>();
                    for (Snapshot snapshot : table.snapshots()) {
                        for (ManifestFile file : snapshot.allManifests(table.io())) {
                            rows.add(manifest(file, snapshot));
                        }
                    }
                    return rows;
                });
    }

    private List<@Nullable Object> manifest(ManifestFile file, Snapshot snapshot) {
        boolean data = file.content() == ManifestContent.DATA;
        return row(
                file.content().id(),
                file.path(),
                file.length(),
                file.partitionSpecId(),
                file.snapshotId(),
                data ? file.addedFilesCount() : 0,
                data ? file.existingFilesCount() : 0,
                data ? file.deletedFilesCount() : 0,
                data ? 0 : file.addedFilesCount(),
                data ? 0 : file.existingFilesCount(),
                data ? 0 : file.deletedFilesCount(),
                summaries(file, true),
                snapshot.snapshotId());
    }

    /// @param absentAsNull whether an absent bound is null, and not the text `null`
    private List<List<@Nullable Object>> summaries(ManifestFile file, boolean absentAsNull) {
        List<List<@Nullable Object>> rows = new ArrayList<>();
        PartitionSpec spec = table.specs().get(file.partitionSpecId());
        List<ManifestFile.PartitionFieldSummary> summaries = file.partitions();
        for (int i = 0; summaries != null && i < summaries.size(); i++) {
            ManifestFile.PartitionFieldSummary summary = summaries.get(i);
            rows.add(row(
                    summary.containsNull(),
                    summary.containsNaN(),
                    text(spec, i, summary.lowerBound(), absentAsNull),
                    text(spec, i, summary.upperBound(), absentAsNull)));
        }
        return rows;
    }

    private static @Nullable String text(
            PartitionSpec spec, int position, java.nio.@Nullable ByteBuffer bound, boolean absentAsNull) {
        if (bound == null && absentAsNull) {
            return null;
        }
        PartitionField field = spec.fields().get(position);
        org.apache.iceberg.types.Type type =
                spec.partitionType().fields().get(position).type();
        return human(field, type, bound == null ? null : Conversions.fromByteBuffer(type, bound));
    }

    @SuppressWarnings("unchecked")
    private static String human(PartitionField field, org.apache.iceberg.types.Type type, @Nullable Object value) {
        return ((org.apache.iceberg.transforms.Transform<Object, Object>) field.transform()).toHumanString(type, value);
    }
}
