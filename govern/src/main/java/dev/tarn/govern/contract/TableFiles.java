package dev.tarn.govern.contract;

import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.query.QuerySession;
import dev.tarn.query.Substitutes;
import dev.tarn.query.Substitutes.Substitute;
import dev.tarn.query.duckdb.ManifestCache;
import dev.tarn.query.duckdb.ScanFile;
import dev.tarn.query.duckdb.ScanRequest;
import dev.tarn.query.duckdb.ScanSql;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Expressions;

/// A table as a check sees it, with the files that hold its rows.
///
/// @param files by a short name that says which file it is and which of its rows are deleted
record TableFiles(TableIdentifier name, Table table, Map<String, ScanFile> files) {
    private static final ScanSql SCANS = new ScanSql(ManifestCache.standard());

    /// The table on the session's branch, or what stands in its place; empty for a view.
    static Optional<TableFiles> of(Lake lake, QuerySession session, String dotted) {
        TableIdentifier name = identifier(dotted);
        Optional<Substitute> substitute = Substitutes.of(name);
        if (substitute.isPresent()) {
            Table table = substitute.get().table();
            return Optional.of(
                    of(name, table, substitute.get().files().orElseGet(() -> SCANS.files(table, everything()))));
        }
        LakeCatalog catalog = lake.branch(session.branch());
        if (!catalog.tableExists(name)) {
            return Optional.empty();
        }
        Table table = catalog.loadTable(name);
        return Optional.of(of(name, table, SCANS.files(table, everything())));
    }

    private static TableFiles of(TableIdentifier name, Table table, List<ScanFile> files) {
        Map<String, ScanFile> named = new LinkedHashMap<>();
        files.forEach(file -> named.put(key(file), file));
        return new TableFiles(name, table, named);
    }

    private static String key(ScanFile file) {
        List<String> deletes = file.deletes().stream()
                .map(delete -> delete.location() + "@" + delete.contentOffset())
                .sorted()
                .toList();
        return KnownResults.digest(file.file().location() + deletes);
    }

    /// What stands for these files alone.
    Substitute only(Set<String> keys) {
        return Substitute.files(
                table,
                files.entrySet().stream()
                        .filter(entry -> keys.contains(entry.getKey()))
                        .map(Map.Entry::getValue)
                        .toList());
    }

    static TableIdentifier identifier(String dotted) {
        String[] levels = dotted.split("\\.");
        return TableIdentifier.of(Namespace.of(Arrays.copyOf(levels, levels.length - 1)), levels[levels.length - 1]);
    }

    private static ScanRequest everything() {
        return new ScanRequest(OptionalLong.empty(), Expressions.alwaysTrue(), List.of(), false);
    }
}
