package dev.tarn.query;

import dev.tarn.query.duckdb.ScanFile;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;

/// Tables that statements are to see otherwise than the catalog has them: in a state that is not committed
/// yet, or only some of their files. They count for statements that are started within [#during], on its
/// thread.
public final class Substitutes {
    private static final ScopedValue<Map<TableIdentifier, Substitute>> CURRENT = ScopedValue.newInstance();

    private Substitutes() {}

    /// What to see in place of a table.
    ///
    /// @param table its schema and files
    /// @param files the files to read, if not all of the table's current ones
    public record Substitute(Table table, Optional<List<ScanFile>> files) {
        /// A whole table.
        public static Substitute whole(Table table) {
            return new Substitute(table, Optional.empty());
        }

        /// Some files of a table, which need not be committed.
        public static Substitute files(Table table, List<ScanFile> files) {
            return new Substitute(table, Optional.of(List.copyOf(files)));
        }
    }

    /// Does the work with these tables in place of the catalog's, beside those that stand in place already.
    public static <T> T during(Map<TableIdentifier, Substitute> substitutes, Supplier<T> work) {
        Map<TableIdentifier, Substitute> all = new HashMap<>(CURRENT.orElse(Map.of()));
        all.putAll(substitutes);
        return ScopedValue.where(CURRENT, Map.copyOf(all)).call(work::get);
    }

    /// What stands in place of a table now.
    public static Optional<Substitute> of(TableIdentifier name) {
        return CURRENT.isBound() ? Optional.ofNullable(CURRENT.get().get(name)) : Optional.empty();
    }

    /// All that stand in place now.
    public static Map<TableIdentifier, Substitute> all() {
        return CURRENT.orElse(Map.of());
    }

    /// Whether anything does.
    public static boolean any() {
        return CURRENT.isBound() && !CURRENT.get().isEmpty();
    }
}
