package dev.tarn.lake.catalog;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.storage.LocalFileIO;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.view.ViewMetadata;
import org.apache.iceberg.view.ViewMetadataParser;

/// Reads metadata files, keeping the latest ones in memory: a metadata file never changes.
final class MetadataFiles {
    /// How many bytes of metadata files are kept parsed.
    private static final long BYTES_MAX = 32L << 20;

    private record Parsed(TableMetadata metadata, long bytes) {}

    private final FileIO io;
    private final Map<String, Parsed> tables = new LinkedHashMap<>(64, 0.75f, true);
    private long bytes;

    MetadataFiles(FileIO io) {
        this.io = io;
    }

    FileIO io() {
        return io;
    }

    /// The metadata of a table.
    ///
    /// @throws TarnException `DATA_CORRUPT` when the file is missing or not what it should be
    TableMetadata table(String location) {
        Parsed known = cached(location);
        InputFile file = io.newInputFile(location);
        // A lost file is noticed at once, where looking costs nothing.
        if (known != null && (!(io instanceof LocalFileIO) || file.exists())) {
            return known.metadata();
        }
        TableMetadata metadata;
        long length;
        try {
            metadata = TableMetadataParser.read(file);
            length = file.getLength();
        } catch (NotFoundException e) {
            throw e;
        } catch (TarnException e) {
            throw e;
        } catch (RuntimeException e) {
            throw damaged(location, e);
        }
        put(location, metadata, length);
        return metadata;
    }

    /// Remembers what was just written.
    void put(String location, TableMetadata metadata, long length) {
        synchronized (tables) {
            Parsed before = tables.put(location, new Parsed(metadata, length));
            bytes += length - (before == null ? 0 : before.bytes());
            Iterator<Parsed> oldest = tables.values().iterator();
            while (bytes > BYTES_MAX && oldest.hasNext()) {
                bytes -= oldest.next().bytes();
                oldest.remove();
            }
        }
    }

    ViewMetadata view(String location) {
        try {
            return ViewMetadataParser.read(io.newInputFile(location));
        } catch (NotFoundException | TarnException e) {
            throw e;
        } catch (RuntimeException e) {
            throw damaged(location, e);
        }
    }

    private @org.jspecify.annotations.Nullable Parsed cached(String location) {
        synchronized (tables) {
            return tables.get(location);
        }
    }

    private static TarnException damaged(String location, RuntimeException e) {
        return new TarnException(
                ErrorCode.DATA_CORRUPT,
                "the metadata file " + location + " cannot be read: it is damaged or not Iceberg's; restore it from a"
                        + " backup, or register an earlier metadata file of the same folder",
                e);
    }
}
