package dev.tarn.feature.definition;

/// The types of join keys. An integer of any width is a `bigint`; what is neither is cast to text.
public enum KeyType {
    BIGINT,
    VARCHAR;

    /// Its name in Trino's SQL.
    public String sql() {
        return switch (this) {
            case BIGINT -> "bigint";
            case VARCHAR -> "varchar";
        };
    }
}
