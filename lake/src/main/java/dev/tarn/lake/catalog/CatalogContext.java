package dev.tarn.lake.catalog;

import dev.tarn.lake.catalog.Pointer.Kind;
import dev.tarn.lake.state.Database;
import dev.tarn.lake.storage.LocalFileIO;
import dev.tarn.lake.storage.WriteBatch;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.util.LocationUtil;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the catalogs of all branches share.
///
/// @param warehouse the location of the warehouse, without a slash at its end
/// @param gate decides what may be committed
public record CatalogContext(
        String name, String warehouse, Database database, MetadataFiles metadata, AtomicReference<CommitGate> gate) {
    private static final Logger LOG = LoggerFactory.getLogger(CatalogContext.class);

    /// @param name the catalog's name, as clients see it
    public static CatalogContext of(String name, String warehouse, Database database, FileIO io) {
        database.migrate("catalog", schema(), References.SCHEMA_2, WarehouseRecord.SCHEMA);
        String location = LocationUtil.stripTrailingSlash(warehouse);
        WarehouseRecord.check(database, location);
        return new CatalogContext(
                name, location, database, new MetadataFiles(io), new AtomicReference<>(CommitGate.OPEN));
    }

    private static String schema() {
        return PointerStore.SCHEMA + NamespaceStore.SCHEMA + Branches.SCHEMA + References.SCHEMA
                + "INSERT INTO catalog_branch (name, created_at, created_by, changes) VALUES ('main', 0, 'tarn', 0);\n";
    }

    /// The files of the warehouse.
    public FileIO io() {
        return metadata.io();
    }

    /// Saves the digests of the files that a transaction makes count.
    void saveDigests(Handle handle) {
        if (io() instanceof LocalFileIO local) {
            local.saveDigests(handle);
        }
    }

    Optional<Pointer> find(String branch, TableIdentifier identifier) {
        return database.read(handle -> PointerStore.find(handle, branch, identifier));
    }

    /// Where a file of a table's metadata belongs.
    static String metadataLocation(TableMetadata metadata, String fileName) {
        String folder = metadata.properties().get(TableProperties.WRITE_METADATA_LOCATION);
        return (folder == null ? metadata.location() + "/metadata" : LocationUtil.stripTrailingSlash(folder)) + "/"
                + fileName;
    }

    /// Writes metadata to a file of its own, numbered after the one that it follows.
    WrittenMetadata write(WriteBatch batch, @Nullable Pointer before, TableMetadata next) {
        String known = next.metadataFileLocation();
        if (before == null && known != null) {
            // A registered table brings its file with it.
            return new WrittenMetadata(new Pointer(Kind.TABLE, known, next.uuid()), next, false);
        }
        String codec =
                next.property(TableProperties.METADATA_COMPRESSION, TableProperties.METADATA_COMPRESSION_DEFAULT);
        String fileName = String.format(
                Locale.ROOT,
                "%05d-%s%s",
                before == null ? 0 : version(before.location()) + 1,
                UUID.randomUUID(),
                TableMetadataParser.getFileExtension(codec));
        OutputFile file = batch.newOutputFile(metadataLocation(next, fileName));
        TableMetadataParser.write(next, file);
        TableMetadata saved = TableMetadata.buildFrom(next)
                .discardChanges()
                .withMetadataLocation(file.location())
                .build();
        metadata.put(file.location(), saved, file.toInputFile().getLength());
        return new WrittenMetadata(new Pointer(Kind.TABLE, file.location(), saved.uuid()), saved, true);
    }

    /// Removes a metadata file that was written in vain.
    void discard(WrittenMetadata written) {
        if (written.isNew()) {
            try {
                io().deleteFile(written.pointer().location());
            } catch (RuntimeException e) {
                LOG.warn("{} was not removed: {}", written.pointer().location(), e.getMessage());
            }
        }
    }

    static int version(String location) {
        int start = location.lastIndexOf('/') + 1;
        int end = location.indexOf('-', start);
        try {
            return end < 0 ? -1 : Integer.parseInt(location.substring(start, end));
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
