package dev.tarn.query.execute;

import dev.tarn.lake.storage.CheckedFiles;
import dev.tarn.query.CompiledQuery;
import dev.tarn.query.QuerySession;
import dev.tarn.query.Substitutes;
import dev.tarn.query.Substitutes.Substitute;
import dev.tarn.query.duckdb.ScanFile;
import dev.tarn.query.duckdb.ScanSql;
import dev.tarn.query.duckdb.SqlText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.TypeUtil;

/// Queries over files that stand in place of tables, compiled once and filled in with any files: a check of each
/// commit's files asks the same questions again.
final class FileTemplates {
    /// A number of rows that no file has.
    private static final long ROWS = 8_070_605_040_302_010L;

    private final int entriesMax;
    private final Map<Key, CompiledQuery> entries = new LinkedHashMap<>(16, 0.75f, true);

    /// @param entriesMax 0 to keep nothing
    FileTemplates(int entriesMax) {
        this.entriesMax = entriesMax;
    }

    /// @param tables in place of which files stand, with all of their definition that a statement depends on
    private record Key(String sql, QuerySession session, Map<TableIdentifier, String> tables) {}

    /// A query over the files that stand in place now.
    ///
    /// @param compile compiles over the substitutes that are current; nothing when the outcome depends on more
    Optional<CompiledQuery> find(QuerySession session, String sql, Supplier<Optional<CompiledQuery>> compile) {
        Map<TableIdentifier, Substitute> current = Substitutes.all();
        if (entriesMax == 0 || current.isEmpty() || !current.values().stream().allMatch(FileTemplates::isPlain)) {
            return Optional.empty();
        }
        Map<TableIdentifier, String> tables = new HashMap<>();
        current.forEach((name, substitute) -> tables.put(name, definition(substitute.table())));
        Key key = new Key(sql, session, tables);
        Optional<CompiledQuery> known = entry(key);
        if (known.isPresent()) {
            return known.map(template -> filled(template, current));
        }
        Map<TableIdentifier, Substitute> stand = new HashMap<>();
        for (TableIdentifier name : names(current)) {
            stand.put(
                    name,
                    standIn(
                            stand.size(),
                            Objects.requireNonNull(current.get(name)).table()));
        }
        Optional<CompiledQuery> template = Substitutes.during(stand, compile);
        Optional<CompiledQuery> usable = template.filter(found -> statesNothing(found, current.size()));
        usable.ifPresent(found -> keep(key, found));
        return usable.map(found -> filled(found, current));
    }

    /// Whether the text says nothing of the files themselves but how many rows to count out.
    private static boolean statesNothing(CompiledQuery template, int tables) {
        String text = template.duckSql();
        for (int number = 0; number < tables; number++) {
            text = text.replace(counted(number), "");
            if (text.contains(String.valueOf(ROWS + number))) {
                return false;
            }
        }
        return true;
    }

    private static String counted(int number) {
        return "range(" + (ROWS + number) + ")";
    }

    private Optional<CompiledQuery> entry(Key key) {
        synchronized (entries) {
            return Optional.ofNullable(entries.get(key));
        }
    }

    private void keep(Key key, CompiledQuery template) {
        synchronized (entries) {
            entries.put(key, template);
            if (entries.size() > entriesMax) {
                entries.remove(entries.keySet().iterator().next());
            }
        }
    }

    private static List<TableIdentifier> names(Map<TableIdentifier, Substitute> current) {
        return current.keySet().stream()
                .sorted(Comparator.comparing(TableIdentifier::toString))
                .toList();
    }

    private static boolean isPlain(Substitute substitute) {
        return substitute.files().isPresent()
                && !substitute.files().get().isEmpty()
                && substitute.files().get().stream().allMatch(file -> ScanSql.isPlain(substitute.table(), file));
    }

    private static String definition(Table table) {
        return table.name() + table.schema().asStruct() + table.specs().keySet();
    }

    /// One file without statistics, of a name and length that are found again in the text.
    private static Substitute standIn(int number, Table table) {
        Map<Integer, Long> sizes = new HashMap<>();
        TypeUtil.indexById(table.schema().asStruct()).keySet().forEach(id -> sizes.put(id, 1L));
        return Substitute.files(
                table,
                List.of(new ScanFile(
                        DataFiles.builder(table.spec())
                                .withPath(location(number))
                                .withFormat(FileFormat.PARQUET)
                                .withFileSizeInBytes(1)
                                .withMetrics(new Metrics(ROWS + number, sizes, null, null, null))
                                .build(),
                        List.of())));
    }

    private static String location(int number) {
        return ScanSql.STAND_IN + number;
    }

    private static String path(int number) {
        return ScanSql.path(location(number));
    }

    private static CompiledQuery filled(CompiledQuery template, Map<TableIdentifier, Substitute> current) {
        String sql = template.duckSql();
        List<String> opened = new ArrayList<>();
        int number = 0;
        for (TableIdentifier name : names(current)) {
            List<ScanFile> files =
                    Objects.requireNonNull(current.get(name)).files().orElseThrow();
            List<String> locations =
                    files.stream().map(file -> file.file().location()).toList();
            long rows =
                    files.stream().mapToLong(file -> file.file().recordCount()).sum();
            sql = sql.replace(
                            SqlText.strings(List.of(path(number))),
                            SqlText.strings(
                                    locations.stream().map(ScanSql::path).toList()))
                    .replace(SqlText.strings(List.of(location(number))), SqlText.strings(locations))
                    .replace(counted(number), "range(" + rows + ")");
            if (template.files().contains(location(number))) {
                CheckedFiles.check(
                        Objects.requireNonNull(current.get(name)).table().io(), locations);
                opened.addAll(locations);
            }
            number++;
        }
        return new CompiledQuery(sql, template.columns(), template.reads(), opened, template.functions());
    }
}
