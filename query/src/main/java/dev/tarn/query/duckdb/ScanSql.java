package dev.tarn.query.duckdb;

import dev.tarn.lake.storage.CheckedFiles;
import dev.tarn.query.duckdb.ScanRequest.About;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Types;

/// Turns a read of an Iceberg table into a DuckDB table expression: `read_parquet` over the files that
/// planning left, columns found by field id, deleted rows taken out, columns that an imported file lacks
/// filled from its partition.
public final class ScanSql {
    /// Where a file seems to lie that stands for others in a statement's text, and is never opened.
    public static final String STAND_IN = "file:///tarn template ";

    private final ScanPlanner planner;

    /// @param cache shared by all scans of a process
    public ScanSql(ManifestCache cache) {
        planner = new ScanPlanner(cache);
    }

    /// Plans a read. It touches metadata only; DuckDB opens the files when the statement runs.
    public Scan scan(Table table, ScanRequest request) {
        return of(table, request, files(table, request));
    }

    /// The files that a read of a table would touch.
    public List<ScanFile> files(Table table, ScanRequest request) {
        Snapshot snapshot = request.snapshotId().isPresent()
                ? table.snapshot(request.snapshotId().getAsLong())
                : table.currentSnapshot();
        return snapshot == null ? List.of() : planner.plan(table, snapshot, request.filter());
    }

    /// The table expression over files that were planned before, or chosen by the caller.
    public static Scan of(Table table, ScanRequest request, List<ScanFile> files) {
        return of(
                table, request, files, IntStream.range(0, files.size()).boxed().toList());
    }

    /// The same, with the numbers that the files have in row names.
    public static Scan of(Table table, ScanRequest request, List<ScanFile> files, List<Integer> numbers) {
        long rows = 0;
        long bytes = 0;
        for (ScanFile file : files) {
            rows += file.file().recordCount();
            bytes += file.file().fileSizeInBytes();
        }
        if (isCount(request, files)) {
            // Nothing but the number of rows is asked for, and that is known.
            return new Scan(
                    "(SELECT 1 AS \"$row\" FROM range(" + rows + "))", List.copyOf(files), rows, bytes, Set.of());
        }
        Set<String> opened = opened(files);
        CheckedFiles.check(
                table.io(),
                opened.stream().filter(file -> !file.startsWith(STAND_IN)).toList());
        return new Scan("(" + text(table, request, files, numbers) + ")", List.copyOf(files), rows, bytes, opened);
    }

    /// The places of all files that a read opens.
    private static Set<String> opened(List<ScanFile> files) {
        Set<String> locations = new LinkedHashSet<>();
        for (ScanFile file : files) {
            locations.add(file.file().location());
            file.deletes().forEach(delete -> locations.add(delete.location()));
        }
        return locations;
    }

    private static boolean isCount(ScanRequest request, List<ScanFile> files) {
        return request.columns().isEmpty()
                && request.about().isEmpty()
                && files.stream().allMatch(file -> file.deletes().isEmpty())
                && !files.isEmpty();
    }

    private static String text(Table table, ScanRequest request, List<ScanFile> files, List<Integer> numbers) {
        if (files.isEmpty()) {
            return empty(request);
        }
        // Files that need the same treatment are read together: at most four kinds.
        Map<String, List<ScanFile>> kinds = new LinkedHashMap<>();
        Map<String, List<Integer>> kindNumbers = new LinkedHashMap<>();
        for (int i = 0; i < files.size(); i++) {
            ScanFile file = files.get(i);
            String kind = (file.deletes().isEmpty() ? "" : "deletes ")
                    + (PartitionConstants.needed(table, request.columns(), file) ? "constants" : "");
            kinds.computeIfAbsent(kind, key -> new ArrayList<>()).add(file);
            kindNumbers.computeIfAbsent(kind, key -> new ArrayList<>()).add(numbers.get(i));
        }
        return kinds.entrySet().stream()
                .map(kind -> new FilesSql(table, request, kind.getValue(), kindNumbers.get(kind.getKey())).text())
                .collect(Collectors.joining(" UNION ALL "));
    }

    private static String empty(ScanRequest request) {
        List<String> columns = new ArrayList<>();
        for (Types.NestedField column : request.columns()) {
            columns.add(DuckValues.literal(column.type(), null) + " AS " + SqlText.identifier(column.name()));
        }
        if (request.about().contains(About.POSITION)) {
            columns.add("CAST(NULL AS VARCHAR) AS \"$path\"");
            columns.add("CAST(NULL AS BIGINT) AS \"$pos\"");
            columns.add("CAST(NULL AS BIGINT) AS \"$row_id\"");
        }
        if (request.about().contains(About.PARTITION)) {
            columns.add("CAST(NULL AS VARCHAR) AS \"$partition\"");
        }
        if (request.about().contains(About.MODIFIED)) {
            columns.add("CAST(NULL AS TIMESTAMPTZ) AS \"$file_modified_time\"");
        }
        if (request.about().contains(About.LINEAGE)) {
            columns.add("CAST(NULL AS BIGINT) AS " + SqlText.identifier(RowLineage.ID));
            columns.add("CAST(NULL AS BIGINT) AS " + SqlText.identifier(RowLineage.SEQUENCE));
        }
        if (columns.isEmpty()) {
            columns.add("1 AS \"$row\"");
        }
        return "SELECT " + String.join(", ", columns) + " WHERE false";
    }

    /// Whether a file is read as it is: no row of it is deleted, and it is in no partition.
    public static boolean isPlain(Table table, ScanFile file) {
        return file.deletes().isEmpty()
                && table.spec().isUnpartitioned()
                && table.specs().get(file.file().specId()).isUnpartitioned()
                && !PartitionConstants.needed(table, table.schema().columns(), file);
    }

    /// A file's place as `read_parquet` takes it.
    public static String path(String location) {
        return Locations.path(location);
    }

    /// `read_parquet` by field id.
    static String readParquet(Collection<String> locations, List<Types.NestedField> columns) {
        List<String> paths = locations.stream().map(Locations::path).toList();
        return "read_parquet(" + SqlText.strings(paths) + ", schema = " + ParquetSchema.forRead(columns) + ")";
    }
}
