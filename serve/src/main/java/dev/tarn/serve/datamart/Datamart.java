package dev.tarn.serve.datamart;

import dev.tarn.core.config.Section;
import dev.tarn.serve.predict.ServiceFile;
import java.util.List;
import java.util.Optional;

/// A table, view or statement as an endpoint: a list with paging, filters and sorting, and one row by its key.
///
/// @param path such as `/client_features`
/// @param source `schema.table`, or a SELECT in Trino's SQL
/// @param key the column that `path/{key}` looks up; empty for a list only
/// @param rowsDefault rows of a page when the caller names no limit
public record Datamart(
        String path, String source, Optional<String> key, String description, int rowsDefault, int rowsMax) {
    /// Reads an item of `datamarts`.
    public static Datamart read(Section section) {
        Optional<String> table = section.optionalString("table");
        Optional<String> query = section.optionalString("query");
        if (table.isPresent() == query.isPresent()) {
            throw section.error("expected either 'table' or 'query'");
        }
        if (table.isPresent() && !table.get().matches("[A-Za-z_][A-Za-z0-9_]*\\.[A-Za-z_][A-Za-z0-9_]*")) {
            throw section.error("table", "expected schema.table, not '" + table.get() + "'");
        }
        Datamart datamart = new Datamart(
                ServiceFile.path(section, "path", ""),
                table.map(Datamart::quoted).orElseGet(() -> "(" + query.orElseThrow() + "\n)"),
                section.optionalString("key"),
                section.string("description", ""),
                section.integer("limit", 100, 1, 10_000),
                section.integer("limit-max", 1000, 1, 100_000));
        section.end();
        return datamart;
    }

    private static String quoted(String table) {
        return String.join(
                ".",
                List.of(table.split("\\.", -1)).stream()
                        .map(name -> '"' + name + '"')
                        .toList());
    }
}
