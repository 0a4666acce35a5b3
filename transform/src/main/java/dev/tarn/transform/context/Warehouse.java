package dev.tarn.transform.context;

import dev.tarn.transform.project.Relation;
import java.util.List;
import java.util.Optional;

/// The lake as templates and materializations use it while a project runs: on one branch, for one identity.
public interface Warehouse {
    /// The rows of a query.
    ResultTable query(String sql);

    /// Runs a statement that is not a query.
    ///
    /// @return rows written; 0 for a statement that writes none
    long execute(String sql);

    /// The relation with its type, when it exists.
    Optional<Relation> find(Relation relation);

    /// A table's or view's columns, in order; empty when it does not exist.
    List<ColumnInfo> columns(Relation relation);

    /// Names and types of a query's columns, without running it.
    List<ColumnInfo> describe(String query);

    /// The tables and views of a schema.
    List<Relation> list(String database, String schema);

    /// Names of all schemas.
    List<String> schemas();

    /// Makes a schema unless it exists.
    void createSchema(String schema);
}
