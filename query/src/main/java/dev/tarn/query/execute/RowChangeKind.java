package dev.tarn.query.execute;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.Optional;
import org.apache.iceberg.IsolationLevel;
import org.apache.iceberg.RowLevelOperationMode;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;

/// Which statement changes rows, and Iceberg's table properties for it.
enum RowChangeKind {
    DELETE(TableProperties.DELETE_MODE, TableProperties.DELETE_ISOLATION_LEVEL),
    UPDATE(TableProperties.UPDATE_MODE, TableProperties.UPDATE_ISOLATION_LEVEL),
    MERGE(TableProperties.MERGE_MODE, TableProperties.MERGE_ISOLATION_LEVEL);

    private final String mode;
    private final String isolation;

    RowChangeKind(String mode, String isolation) {
        this.mode = mode;
        this.isolation = isolation;
    }

    /// What the table's owner has settled; empty leaves the choice to the cost of each file.
    Optional<RowLevelOperationMode> mode(Table table) {
        String name = table.properties().get(mode);
        try {
            return Optional.ofNullable(name).map(RowLevelOperationMode::fromName);
        } catch (IllegalArgumentException e) {
            throw unknown(mode, name, "copy-on-write or merge-on-read", e);
        }
    }

    /// Whether rows that others add meanwhile and the statement should have seen are a conflict, as by default.
    boolean serializable(Table table) {
        String name = table.properties().getOrDefault(isolation, "serializable");
        try {
            return IsolationLevel.fromName(name) == IsolationLevel.SERIALIZABLE;
        } catch (IllegalArgumentException e) {
            throw unknown(isolation, name, "serializable or snapshot", e);
        }
    }

    private static TarnException unknown(
            String property, @org.jspecify.annotations.Nullable String value, String known, Exception e) {
        return new TarnException(
                ErrorCode.BAD_REQUEST,
                "The table's property " + property + " is '" + value + "'; it must be " + known,
                e);
    }
}
