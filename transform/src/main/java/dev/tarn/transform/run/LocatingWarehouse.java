package dev.tarn.transform.run;

import dev.tarn.core.error.TarnException;
import dev.tarn.transform.context.ColumnInfo;
import dev.tarn.transform.context.ResultTable;
import dev.tarn.transform.context.Warehouse;
import dev.tarn.transform.project.Relation;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// The lake for one node: when a statement that holds the node's SQL fails, the error names the line of the node's
/// own file.
record LocatingWarehouse(Warehouse warehouse, CompiledNode compiled) implements Warehouse {
    @Override
    public ResultTable query(String sql) {
        return located(sql, () -> warehouse.query(sql));
    }

    @Override
    public long execute(String sql) {
        return located(sql, () -> warehouse.execute(sql));
    }

    @Override
    public List<ColumnInfo> describe(String query) {
        return located(query, () -> warehouse.describe(query));
    }

    private <T> T located(String sql, Supplier<T> statement) {
        try {
            return statement.get();
        } catch (TarnException e) {
            String own = compiled.sql().strip();
            int at = own.isEmpty() ? -1 : sql.indexOf(own);
            if (at < 0) {
                throw e.in("model", compiled.node().name());
            }
            int linesBefore = lines(sql.substring(0, at))
                    - lines(compiled.sql().substring(0, compiled.sql().indexOf(own)));
            throw SqlFailures.located(compiled, linesBefore, e);
        }
    }

    private static int lines(String text) {
        return (int) text.chars().filter(c -> c == '\n').count();
    }

    @Override
    public Optional<Relation> find(Relation relation) {
        return warehouse.find(relation);
    }

    @Override
    public List<ColumnInfo> columns(Relation relation) {
        return warehouse.columns(relation);
    }

    @Override
    public List<Relation> list(String database, String schema) {
        return warehouse.list(database, schema);
    }

    @Override
    public List<String> schemas() {
        return warehouse.schemas();
    }

    @Override
    public void createSchema(String schema) {
        warehouse.createSchema(schema);
    }
}
