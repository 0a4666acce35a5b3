package dev.tarn.query.plan;

import io.trino.spi.connector.ConnectorTableMetadata;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;

/// What CREATE TABLE makes.
public record TableDefinition(
        Schema schema,
        PartitionSpec partitioning,
        SortOrder sortOrder,
        Optional<String> location,
        Map<String, String> properties) {

    /// What a CREATE TABLE asks for, checked.
    public static TableDefinition of(ConnectorTableMetadata metadata) {
        return LakeTableProperties.define(metadata);
    }

    /// A table of this shape to be created on a branch's catalog.
    public Catalog.TableBuilder builder(Catalog catalog, TableIdentifier name) {
        Catalog.TableBuilder builder = catalog.buildTable(name, schema)
                .withPartitionSpec(partitioning)
                .withSortOrder(sortOrder)
                .withProperties(properties);
        location.ifPresent(builder::withLocation);
        return builder;
    }
}
