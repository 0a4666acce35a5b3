package dev.tarn.query.plan;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.StaticTableOperations;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.catalog.ViewCatalog;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchViewException;
import org.apache.iceberg.inmemory.InMemoryFileIO;
import org.apache.iceberg.view.View;

/// Lets a statement be planned as if each view were a table of the view's columns, so that what reads a view is not
/// taken for what the view reads.
final class ViewsAsTables {
    private static final ScopedValue<Boolean> ON = ScopedValue.newInstance();

    private ViewsAsTables() {}

    static <T> T during(Supplier<T> work) {
        return ScopedValue.where(ON, true).call(work::get);
    }

    static boolean areOn() {
        return ON.isBound();
    }

    /// A table without rows in place of the view of a name.
    static Optional<Table> standIn(ViewCatalog catalog, TableIdentifier name) {
        if (!areOn()) {
            return Optional.empty();
        }
        try {
            View view = catalog.loadView(name);
            TableMetadata metadata = TableMetadata.newTableMetadata(
                    view.schema(), PartitionSpec.unpartitioned(), view.location(), Map.of());
            return Optional.of(
                    new BaseTable(new StaticTableOperations(metadata, new InMemoryFileIO()), name.toString()));
        } catch (NoSuchViewException | NoSuchNamespaceException e) {
            return Optional.empty();
        }
    }
}
