package dev.tarn.orchestrate.diff;

import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.query.CompiledQuery;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QuerySession;
import dev.tarn.query.duckdb.ManifestCache;
import dev.tarn.query.duckdb.Scan;
import dev.tarn.query.duckdb.ScanFile;
import dev.tarn.query.duckdb.ScanRequest;
import dev.tarn.query.duckdb.ScanSql;
import dev.tarn.query.duckdb.SqlText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Expressions;

/// One side of a comparison: a table or view on a branch, as DuckDB reads it.
sealed interface Side {
    /// Columns with their types in Trino's words.
    Map<String, String> columns();

    /// A DuckDB table expression of all its rows.
    String relation();

    /// Files of the lake.
    ///
    /// @param table at the snapshot that is compared
    record Files(Table table, Scan scan, Map<String, String> columns) implements Side {
        @Override
        public String relation() {
            return scan.sql();
        }

        /// The rows of files that the other side does not have.
        String relationWithout(Set<String> others) {
            List<ScanFile> own = scan.files().stream()
                    .filter(file -> !others.contains(identity(file)))
                    .toList();
            return ScanSql.of(table, request(table), own).sql();
        }

        Set<String> identities() {
            return scan.files().stream().map(Files::identity).collect(Collectors.toSet());
        }

        /// A file and the rows deleted from it.
        private static String identity(ScanFile file) {
            return file.file().location()
                    + file.deletes().stream()
                            .map(delete -> delete.location() + "@" + delete.contentOffset())
                            .sorted()
                            .toList();
        }
    }

    /// A view's query.
    record Query(CompiledQuery query, Map<String, String> columns) implements Side {
        @Override
        public String relation() {
            StringBuilder names = new StringBuilder();
            int i = 0;
            for (String column : columns.keySet()) {
                names.append(i == 0 ? "" : ", ")
                        .append("c")
                        .append(i++)
                        .append(" AS ")
                        .append(SqlText.identifier(column));
            }
            return "(SELECT " + names + " FROM (" + query.duckSql() + ") AS q)";
        }
    }

    /// The relation of a name on the session's branch.
    static Side of(QueryEngine engine, QuerySession session, LakeCatalog catalog, TableIdentifier name) {
        CompiledQuery query = engine.compile(session, "SELECT * FROM " + quoted(name));
        Map<String, String> columns = new LinkedHashMap<>();
        query.columns()
                .forEach(column -> columns.put(column.name(), column.type().getDisplayName()));
        if (!catalog.tableExists(name)) {
            return new Query(query, columns);
        }
        Table table = catalog.loadTable(name);
        return new Files(table, new ScanSql(ManifestCache.standard()).scan(table, request(table)), columns);
    }

    private static ScanRequest request(Table table) {
        return new ScanRequest(
                OptionalLong.empty(), Expressions.alwaysTrue(), table.schema().columns(), false);
    }

    private static String quoted(TableIdentifier name) {
        return SqlText.identifier(name.namespace().toString()) + "." + SqlText.identifier(name.name());
    }
}
