package dev.tarn.lake.catalog;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.state.Database;

/// Which warehouse a database's pointers lead into. Iceberg's files name each other by their whole path, so a
/// warehouse that was moved, or a database that is used with another one, cannot be read.
final class WarehouseRecord {
    static final String SCHEMA = """
            CREATE TABLE catalog_warehouse (id INTEGER PRIMARY KEY, location TEXT NOT NULL);
            """;

    private WarehouseRecord() {}

    /// Remembers the warehouse at the first opening, and as long as there is no table.
    ///
    /// @throws TarnException `CONFIG_INVALID` when the database's tables are in another warehouse
    static void check(Database database, String location) {
        database.writing(handle -> {
            String known = handle.createQuery("SELECT location FROM catalog_warehouse WHERE id = 1")
                    .mapTo(String.class)
                    .findOne()
                    .orElse("");
            if (known.equals(location)) {
                return;
            }
            boolean isEmpty = handle.createQuery("SELECT 1 FROM catalog_entry LIMIT 1")
                    .mapTo(Integer.class)
                    .findOne()
                    .isEmpty();
            if (!known.isEmpty() && !isEmpty) {
                throw new TarnException(
                        ErrorCode.CONFIG_INVALID,
                        "the database's tables are in the warehouse " + known + ", not in " + location
                                + ": if the folder was moved, move it back (Iceberg's files name each other by their"
                                + " whole path); otherwise give each warehouse a database of its own");
            }
            handle.createUpdate("INSERT INTO catalog_warehouse (id, location) VALUES (1, :location) "
                            + "ON CONFLICT (id) DO UPDATE SET location = excluded.location")
                    .bind("location", location)
                    .execute();
        });
    }
}
