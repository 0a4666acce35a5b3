package dev.tarn.query.plan;

import static io.trino.spi.StandardErrorCode.INVALID_PROCEDURE_ARGUMENT;
import static io.trino.spi.StandardErrorCode.TABLE_ALREADY_EXISTS;
import static io.trino.spi.type.BigintType.BIGINT;
import static io.trino.spi.type.VarcharType.VARCHAR;

import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.lake.storage.LocalFileIO;
import io.trino.spi.TrinoException;
import io.trino.spi.connector.ConnectorSession;
import io.trino.spi.connector.SchemaNotFoundException;
import io.trino.spi.connector.SchemaTableName;
import io.trino.spi.connector.TableNotFoundException;
import io.trino.spi.procedure.Procedure;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.jspecify.annotations.Nullable;

/// `CALL tarn.system.…`: the procedures of Trino's Iceberg connector that concern the catalog.
public final class CatalogProcedures {
    private static final String SCHEMA = "system";

    private final Catalogs catalogs;

    private CatalogProcedures(Catalogs catalogs) {
        this.catalogs = catalogs;
    }

    static Set<Procedure> all(Catalogs catalogs) {
        CatalogProcedures procedures = new CatalogProcedures(catalogs);
        return Set.of(
                new Procedure(
                        SCHEMA,
                        "rollback_to_snapshot",
                        List.of(
                                new Procedure.Argument("SCHEMA", VARCHAR),
                                new Procedure.Argument("TABLE", VARCHAR),
                                new Procedure.Argument("SNAPSHOT_ID", BIGINT)),
                        procedures.method("rollbackToSnapshot", String.class, String.class, Long.class)),
                new Procedure(
                        SCHEMA,
                        "register_table",
                        List.of(
                                new Procedure.Argument("SCHEMA_NAME", VARCHAR),
                                new Procedure.Argument("TABLE_NAME", VARCHAR),
                                new Procedure.Argument("TABLE_LOCATION", VARCHAR),
                                new Procedure.Argument("METADATA_FILE_NAME", VARCHAR, false, null)),
                        procedures.method("registerTable", String.class, String.class, String.class, String.class)),
                new Procedure(
                        SCHEMA,
                        "unregister_table",
                        List.of(
                                new Procedure.Argument("SCHEMA_NAME", VARCHAR),
                                new Procedure.Argument("TABLE_NAME", VARCHAR)),
                        procedures.method("unregisterTable", String.class, String.class)));
    }

    private MethodHandle method(String name, Class<?>... arguments) {
        List<Class<?>> all = new java.util.ArrayList<>(List.of(ConnectorSession.class));
        all.addAll(List.of(arguments));
        try {
            return MethodHandles.lookup()
                    .unreflect(CatalogProcedures.class.getMethod(name, all.toArray(Class<?>[]::new)))
                    .bindTo(this);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private LakeCatalog catalog(ConnectorSession session) {
        return catalogs.open(session.getProperty(LakeConnector.BRANCH, String.class), session.getUser());
    }

    /// Makes an earlier snapshot the current one.
    public void rollbackToSnapshot(
            ConnectorSession session, @Nullable String schema, @Nullable String table, @Nullable Long snapshotId) {
        String schemaName = required("schema", schema);
        String tableName = required("table", table);
        long id = required("snapshot_id", snapshotId);
        Table found = load(session, schemaName, tableName);
        if (found.snapshot(id) == null) {
            throw new TrinoException(INVALID_PROCEDURE_ARGUMENT, "Cannot roll back to unknown snapshot id: " + id);
        }
        found.manageSnapshots().setCurrentSnapshot(id).commit();
    }

    /// Makes a table of metadata that lies in the warehouse.
    public void registerTable(
            ConnectorSession session,
            @Nullable String schemaName,
            @Nullable String tableName,
            @Nullable String location,
            @Nullable String metadataFileName) {
        Namespace schema = Namespace.of(required("schema_name", schemaName));
        TableIdentifier name = TableIdentifier.of(schema, required("table_name", tableName));
        String folder = required("table_location", location).replaceAll("/+$", "") + "/metadata";
        LakeCatalog catalog = catalog(session);
        catalog.requireInWarehouse(folder);
        if (!catalog.namespaceExists(schema)) {
            throw new SchemaNotFoundException(schema.toString());
        }
        try {
            catalog.registerTable(name, metadataFileName == null ? latest(folder) : folder + "/" + metadataFileName);
        } catch (AlreadyExistsException e) {
            throw new TrinoException(TABLE_ALREADY_EXISTS, e.getMessage(), e);
        }
    }

    private static String latest(String folder) {
        try (Stream<Path> files = Files.list(LocalFileIO.path(folder))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".metadata.json"))
                    .max(Comparator.naturalOrder())
                    .map(name -> folder + "/" + name)
                    .orElseThrow(() -> new TrinoException(
                            INVALID_PROCEDURE_ARGUMENT, "No versioned metadata file exists at location " + folder));
        } catch (IOException e) {
            throw new TrinoException(INVALID_PROCEDURE_ARGUMENT, "Nothing can be read at location " + folder, e);
        }
    }

    /// Forgets a table and leaves its files.
    public void unregisterTable(ConnectorSession session, @Nullable String schemaName, @Nullable String tableName) {
        SchemaTableName name =
                new SchemaTableName(required("schema_name", schemaName), required("table_name", tableName));
        if (!catalog(session).dropTable(LakeReads.identifier(name), false)) {
            throw new TableNotFoundException(name);
        }
    }

    private Table load(ConnectorSession session, String schema, String table) {
        SchemaTableName name = new SchemaTableName(schema, table);
        try {
            return catalog(session).loadTable(LakeReads.identifier(name));
        } catch (NoSuchTableException e) {
            throw new TableNotFoundException(name, e);
        }
    }

    private static <T> T required(String argument, @Nullable T value) {
        if (value == null) {
            throw new TrinoException(INVALID_PROCEDURE_ARGUMENT, argument + " cannot be null");
        }
        return value;
    }
}
