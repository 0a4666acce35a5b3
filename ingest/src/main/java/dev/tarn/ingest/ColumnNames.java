package dev.tarn.ingest;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Names of columns as SQL can write them without quotes: `VendorID` is `vendorid`, `Total Amount ($)` is
/// `total_amount`.
final class ColumnNames {
    private ColumnNames() {}

    /// The table's column for each column of a file.
    ///
    /// @throws TarnException `SOURCE_UNREADABLE` when two would have the same name
    static Map<String, String> of(List<String> fileColumns) {
        Map<String, String> names = new LinkedHashMap<>();
        Map<String, String> taken = new LinkedHashMap<>();
        for (int i = 0; i < fileColumns.size(); i++) {
            String column = fileColumns.get(i);
            String name = normal(column);
            if (name.isEmpty()) {
                name = "column" + (i + 1);
            }
            String other = taken.put(name, column);
            if (other != null) {
                throw new TarnException(
                        ErrorCode.SOURCE_UNREADABLE,
                        "the columns '" + other + "' and '" + column + "' would both be called '" + name
                                + "': rename one of them in the file");
            }
            names.put(column, name);
        }
        return names;
    }

    static String normal(String column) {
        String name = column.strip().toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}_]+", "_");
        return name.replaceAll("^_+(?=[^_])|(?<=[^_])_+$", "");
    }
}
