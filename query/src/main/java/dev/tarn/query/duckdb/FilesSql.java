package dev.tarn.query.duckdb;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.query.duckdb.ScanRequest.About;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.ContentFileUtil;
import org.apache.iceberg.util.Pair;
import org.jspecify.annotations.Nullable;

/// The SELECT over some files of a table, without their deleted rows.
///
/// A row is deleted by its place (position delete files, deletion vectors) or by its values (equality
/// deletes). An equality delete counts for files with a lower sequence number in the same partition, or
/// in all partitions if its own spec has none.
final class FilesSql {
    private static final String FILE = "\"$file\"";
    private static final String ROW = "\"$row\"";

    private final Table table;
    private final ScanRequest request;
    private final List<ScanFile> files;
    private final List<Integer> fileNumbers;
    private final Set<DeleteFile> deletes = new LinkedHashSet<>();

    FilesSql(Table table, ScanRequest request, List<ScanFile> files, List<Integer> fileNumbers) {
        this.table = table;
        this.request = request;
        this.files = files;
        this.fileNumbers = fileNumbers;
        Map<String, DeleteFile> distinct = new LinkedHashMap<>();
        for (ScanFile file : files) {
            for (DeleteFile delete : file.deletes()) {
                distinct.putIfAbsent(delete.location() + "@" + delete.contentOffset(), delete);
            }
        }
        deletes.addAll(distinct.values());
    }

    String text() {
        Map<Set<Integer>, List<DeleteFile>> equalities = equalityDeletes();
        List<String> columns = new ArrayList<>();
        for (Types.NestedField column : request.columns()) {
            columns.add(PartitionConstants.expression(table, column, files, FILE));
        }
        if (request.about().contains(About.POSITION)) {
            columns.add("list_extract(" + SqlText.strings(locations()) + ", " + FILE + " + 1) AS \"$path\"");
            columns.add(ROW + " AS \"$pos\"");
            columns.add(RowIds.of(fileNumber(), ROW) + " AS \"$row_id\"");
        }
        if (request.about().contains(About.PARTITION)) {
            columns.add("list_extract(" + SqlText.strings(partitions()) + ", " + FILE + " + 1) AS \"$partition\"");
        }
        if (request.about().contains(About.MODIFIED)) {
            columns.add("make_timestamptz(list_extract(" + numbers(modifiedMicros()) + ", " + FILE
                    + " + 1)) AS \"$file_modified_time\"");
        }
        if (request.about().contains(About.LINEAGE)) {
            columns.addAll(RowLineage.read(files.stream().map(ScanFile::file).toList(), FILE, ROW));
        }
        if (columns.isEmpty()) {
            columns.add("1 AS " + ROW);
        }
        List<Types.NestedField> read = new ArrayList<>(request.columns());
        if (request.about().contains(About.LINEAGE)) {
            read.addAll(RowLineage.stored());
        }
        equalities.keySet().stream()
                .flatMap(Set::stream)
                .distinct()
                .filter(id -> requested(id).isEmpty())
                .forEach(id -> read.add(renamed(field(id), equalityColumn(id))));
        if (read.isEmpty()) {
            read.add(renamed(table.schema().columns().getFirst(), "$any"));
        }
        String source = "SELECT *, CAST(file_index AS BIGINT) AS " + FILE + ", file_row_number AS " + ROW + " FROM "
                + ScanSql.readParquet(locations(), read);
        List<String> conditions = new ArrayList<>();
        conditions.addAll(positionConditions());
        equalities.forEach((ids, files) -> conditions.add(equalityCondition(ids, files)));
        boolean plain = request.about().isEmpty()
                && conditions.isEmpty()
                && columns.stream().noneMatch(c -> c.contains(FILE));
        return "SELECT " + String.join(", ", columns) + " FROM "
                + (plain ? ScanSql.readParquet(locations(), read) : "(" + source + ") AS d")
                + (conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions));
    }

    /// The number in the statement's list of files, from that in this kind's.
    private String fileNumber() {
        int first = fileNumbers.getFirst();
        boolean inOrder = fileNumbers.getLast() - first == fileNumbers.size() - 1;
        return inOrder
                ? FILE + " + " + first
                : "list_extract("
                        + numbers(fileNumbers.stream().map(Integer::longValue).toList()) + ", " + FILE + " + 1)";
    }

    private List<String> locations() {
        return files.stream().map(file -> file.file().location()).toList();
    }

    private List<String> partitions() {
        return files.stream()
                .map(file -> table.specs()
                        .get(file.file().specId())
                        .partitionToPath(file.file().partition()))
                .toList();
    }

    private List<Long> modifiedMicros() {
        List<Long> times = new ArrayList<>();
        for (String location : locations()) {
            try {
                times.add(Files.getLastModifiedTime(Path.of(Locations.path(location)))
                                .to(TimeUnit.MILLISECONDS)
                        * 1_000);
            } catch (IOException e) {
                throw new TarnException(ErrorCode.STORAGE_FAILED, "The data file " + location + " is missing: " + e, e)
                        .in("table", table.name());
            }
        }
        return times;
    }

    private List<String> positionConditions() {
        List<String> conditions = new ArrayList<>();
        List<String> positional = deletes.stream()
                .filter(delete -> delete.content() == FileContent.POSITION_DELETES && !ContentFileUtil.isDV(delete))
                .map(DeleteFile::location)
                .toList();
        if (!positional.isEmpty()) {
            List<Types.NestedField> columns =
                    List.of(MetadataColumns.DELETE_FILE_PATH, MetadataColumns.DELETE_FILE_POS);
            conditions.add("NOT EXISTS (SELECT 1 FROM " + ScanSql.readParquet(positional, columns)
                    + " p JOIN (SELECT unnest(" + SqlText.strings(locations()) + ") AS location, unnest(range("
                    + files.size() + ")) AS i) l ON p.file_path = l.location WHERE l.i = d." + FILE
                    + " AND p.pos = d." + ROW + ")");
        }
        String vectors = deletionVectors();
        if (!vectors.isEmpty()) {
            conditions.add("NOT EXISTS (SELECT 1 FROM tarn_deleted_rows(" + SqlText.string(vectors)
                    + ") v WHERE v.file = d." + FILE + " AND v.pos = d." + ROW + ")");
        }
        return conditions;
    }

    private String deletionVectors() {
        List<String> vectors = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            for (DeleteFile delete : files.get(i).deletes()) {
                if (ContentFileUtil.isDV(delete)) {
                    vectors.add(DeletedRows.argument(i, delete));
                }
            }
        }
        return String.join("\n", vectors);
    }

    private Map<Set<Integer>, List<DeleteFile>> equalityDeletes() {
        Map<Set<Integer>, List<DeleteFile>> byColumns = new LinkedHashMap<>();
        for (DeleteFile delete : deletes) {
            if (delete.content() == FileContent.EQUALITY_DELETES) {
                byColumns
                        .computeIfAbsent(new TreeSet<>(delete.equalityFieldIds()), ids -> new ArrayList<>())
                        .add(delete);
            }
        }
        return byColumns;
    }

    private String equalityCondition(Set<Integer> ids, List<DeleteFile> deletes) {
        List<Types.NestedField> columns =
                ids.stream().map(id -> renamed(field(id), equalityColumn(id))).toList();
        String keys = ids.stream()
                .map(id -> "e." + SqlText.identifier(equalityColumn(id)) + " IS NOT DISTINCT FROM d."
                        + SqlText.identifier(requested(id).orElse(equalityColumn(id))))
                .collect(Collectors.joining(" AND "));
        PartitionNumbers partitions = new PartitionNumbers();
        String deleteSequences =
                numbers(deletes.stream().map(DeleteFile::dataSequenceNumber).toList());
        String deletePartitions = numbers(deletes.stream()
                .map(delete -> table.specs().get(delete.specId()).isUnpartitioned()
                        ? Long.valueOf(-1)
                        : partitions.of(delete.specId(), delete.partition()))
                .toList());
        String fileSequences = numbers(
                files.stream().map(file -> file.file().dataSequenceNumber()).toList());
        String filePartitions = numbers(files.stream()
                .map(file -> partitions.of(file.file().specId(), file.file().partition()))
                .toList());
        return "NOT EXISTS (SELECT 1 FROM (SELECT *, list_extract(" + deleteSequences
                + ", CAST(file_index AS BIGINT) + 1) AS seq, list_extract(" + deletePartitions
                + ", CAST(file_index AS BIGINT) + 1) AS part FROM "
                + ScanSql.readParquet(deletes.stream().map(DeleteFile::location).toList(), columns)
                + ") e WHERE " + keys + " AND e.seq > list_extract(" + fileSequences + ", d." + FILE
                + " + 1) AND e.part IN (-1, list_extract(" + filePartitions + ", d." + FILE + " + 1)))";
    }

    /// `[1, null]` as a list of BIGINT.
    static String numbers(List<? extends @Nullable Long> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(", ", "CAST([", "] AS BIGINT[])"));
    }

    private Types.NestedField field(int id) {
        Types.NestedField field = table.schema().findField(id);
        if (field != null) {
            return field;
        }
        // A column that was dropped after rows were deleted by it.
        return table.schemas().values().stream()
                .map(Schema::asStruct)
                .map(struct -> struct.field(id))
                .filter(java.util.Objects::nonNull)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no schema of " + table.name() + " has field " + id));
    }

    private static Types.NestedField renamed(Types.NestedField field, String name) {
        return Types.NestedField.from(field).withName(name).build();
    }

    /// The name under which a field is read anyway; DuckDB's schema names a field once.
    private Optional<String> requested(int id) {
        return request.columns().stream()
                .filter(column -> column.fieldId() == id)
                .map(Types.NestedField::name)
                .findFirst();
    }

    private static String equalityColumn(int id) {
        return "$equal " + id;
    }

    /// Small numbers for partitions, to compare them in SQL.
    private static final class PartitionNumbers {
        private final Map<Pair<Integer, List<Object>>, Long> numbers = new LinkedHashMap<>();

        Long of(int specId, org.apache.iceberg.StructLike partition) {
            List<Object> values = new ArrayList<>();
            for (int i = 0; i < partition.size(); i++) {
                values.add(String.valueOf(partition.get(i, Object.class)));
            }
            return numbers.computeIfAbsent(Pair.of(specId, values), key -> (long) numbers.size());
        }
    }
}
