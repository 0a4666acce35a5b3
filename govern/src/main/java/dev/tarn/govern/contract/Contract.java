package dev.tarn.govern.contract;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A contract as written in one Open Data Contract Standard file.
///
/// @param file where it stands
/// @param id the contract's own id
/// @param version the contract's own version
/// @param status such as `draft`, `active`, `deprecated`; only active contracts are enforced
/// @param tables what it promises, table by table
public record Contract(Path file, String id, String version, String status, List<Table> tables) {
    public Contract {
        tables = List.copyOf(tables);
    }

    /// Whether commits are checked against it.
    public boolean enforced() {
        return status.equals("active");
    }

    /// A table, its columns and all its rules.
    ///
    /// @param name `namespace.table` as it is in the lake
    /// @param columns in the contract's order; the table may have more
    /// @param key the columns of its primary key, in order; empty when it has none
    public record Table(String name, List<Column> columns, List<String> key, List<Rule> rules, int line) {
        public Table {
            columns = List.copyOf(columns);
            key = List.copyOf(key);
            rules = List.copyOf(rules);
        }
    }

    /// A column.
    ///
    /// @param name as it is in the table
    /// @param logicalType one of the standard's nine types, if given
    /// @param physicalType the type in SQL, if given
    /// @param required whether nulls break the contract
    /// @param classification such as `restricted`, if given
    public record Column(
            String name,
            Optional<LogicalType> logicalType,
            Optional<String> physicalType,
            boolean required,
            Optional<String> classification,
            int line) {}

    /// The standard's logical types.
    public enum LogicalType {
        STRING,
        DATE,
        TIMESTAMP,
        TIME,
        NUMBER,
        INTEGER,
        OBJECT,
        ARRAY,
        BOOLEAN
    }
}
