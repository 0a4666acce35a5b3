package dev.tarn.ingest;

import dev.tarn.ingest.read.Counts;
import dev.tarn.ingest.read.SourceFile;
import dev.tarn.query.duckdb.DuckDbErrors;
import dev.tarn.query.duckdb.DuckValues;
import dev.tarn.query.duckdb.ManifestCache;
import dev.tarn.query.duckdb.ScanRequest;
import dev.tarn.query.duckdb.ScanSql;
import dev.tarn.query.duckdb.SqlText;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.types.Types;

/// Which files a table has loaded, read from the table `…__files` beside it.
///
/// @param files what is known of each path, as it was loaded last
/// @param snapshot the snapshot of the list that this was read from; a commit on top of another one would
///     forget what somebody else loaded meanwhile
record Ledger(Map<Path, SourceFile> files, OptionalLong snapshot) {
    /// What a listing holds against the ledger.
    record Difference(List<SourceFile> added, List<SourceFile> changed) {}

    static Ledger read(Connection connection, Table table) {
        if (table.currentSnapshot() == null) {
            return new Ledger(Map.of(), OptionalLong.empty());
        }
        long snapshot = table.currentSnapshot().snapshotId();
        ScanRequest request = new ScanRequest(
                OptionalLong.of(snapshot), Expressions.alwaysTrue(), Bookkeeping.FILES.columns(), false);
        String scan = new ScanSql(new ManifestCache(0)).scan(table, request).sql();
        Map<Path, SourceFile> files = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT path, size_bytes, epoch_us(modified_at) FROM " + scan + " ORDER BY loaded_at")) {
            while (row.next()) {
                Path path = Path.of(row.getString(1));
                Instant modified = Instant.EPOCH.plus(row.getLong(3), ChronoUnit.MICROS);
                files.put(path, new SourceFile(path, row.getLong(2), modified));
            }
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e);
        }
        return new Ledger(files, OptionalLong.of(snapshot));
    }

    Difference compare(List<SourceFile> listing) {
        List<SourceFile> added = new ArrayList<>();
        List<SourceFile> changed = new ArrayList<>();
        for (SourceFile file : listing) {
            SourceFile known = files.get(file.path());
            if (known == null) {
                added.add(file);
            } else if (!known.equals(file)) {
                changed.add(file);
            }
        }
        return new Difference(added, changed);
    }

    /// The rows of a batch for the list of files.
    static String entries(List<SourceFile> files, Counts counts, String loadedAt) {
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            SourceFile file = files.get(i);
            long modified = ChronoUnit.MICROS.between(Instant.EPOCH, file.modified());
            rows.add("(" + SqlText.string(file.path().toString()) + ", " + file.sizeBytes() + ", "
                    + DuckValues.literal(Types.TimestampType.withZone(), modified) + ", " + counts.rows(i) + ", "
                    + counts.rejects(i) + ", " + loadedAt + ")");
        }
        return "SELECT * FROM (VALUES " + String.join(", ", rows)
                + ") AS loaded(path, size_bytes, modified_at, rows, rejects, loaded_at)";
    }
}
