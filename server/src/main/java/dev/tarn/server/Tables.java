package dev.tarn.server;

import dev.tarn.lake.catalog.LakeCatalog;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.catalog.Namespace;

/// The tables and views of a lake, as the home page and the API list them.
final class Tables {
    private Tables() {}

    /// @param kind `table` or `view`
    record Entry(String schema, String name, String kind) {}

    /// All tables and views, by schema and name.
    static List<Entry> of(LakeCatalog catalog) {
        List<Entry> entries = new ArrayList<>();
        for (Namespace namespace : catalog.listNamespaces(Namespace.empty())) {
            String schema = namespace.toString();
            catalog.listTables(namespace).forEach(table -> entries.add(new Entry(schema, table.name(), "table")));
            catalog.listViews(namespace).forEach(view -> entries.add(new Entry(schema, view.name(), "view")));
        }
        entries.sort((a, b) -> {
            int bySchema = a.schema().compareTo(b.schema());
            return bySchema != 0 ? bySchema : a.name().compareTo(b.name());
        });
        return entries;
    }
}
