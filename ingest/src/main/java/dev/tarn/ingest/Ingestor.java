package dev.tarn.ingest;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.ingest.read.SourceFile;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.lake.storage.StorageErrors;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbErrors;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;

/// Loads sources into bronze tables, each file exactly once.
///
/// A load lists the files, leaves out what the table has, and loads the rest in batches. The rows of a
/// batch, its rejects and its entries in the list of loaded files become visible in one commit: a load that
/// is killed anywhere leaves whole batches or nothing, and the next one goes on from there.
public final class Ingestor {
    private static final int BATCH_FILES_MAX = 5_000;
    private static final long BATCH_BYTES_MAX = 8L << 30;
    private static final String WORK = "ingest-";

    private final Lake lake;
    private final DuckDb duckDb;

    public Ingestor(Lake lake, DuckDb duckDb) {
        this.lake = lake;
        this.duckDb = duckDb;
        removeWorkOfTheDead();
    }

    /// Loads what is new of a source.
    ///
    /// @param branch the branch of the catalog to write to
    /// @throws TarnException `SOURCE_UNREADABLE`, `TOO_MANY_REJECTS`, `COMMIT_CONFLICT` when the same source is
    ///     being loaded by somebody else, `STORAGE_FAILED`; nothing of the failing batch is visible then
    public LoadResult load(Source source, String branch, Identity identity, LoadProgress progress) {
        return switch (source) {
            case FileSource files -> loadFiles(files, lake.branch(branch).as(identity), identity, progress);
        };
    }

    /// How many files a load would take, without loading any. Empty when that cannot be told before it: its files
    /// are yet to be generated, or are not there.
    public OptionalLong waiting(Source source, String branch) {
        return switch (source) {
            case FileSource files -> waiting(files, lake.branch(branch));
        };
    }

    private OptionalLong waiting(FileSource source, LakeCatalog catalog) {
        List<SourceFile> listing;
        try {
            listing = FileListing.list(source);
        } catch (TarnException e) {
            return OptionalLong.empty();
        }
        TableIdentifier list = Bookkeeping.files(source.table());
        if (!catalog.tableExists(list)) {
            return OptionalLong.of(listing.size());
        }
        try (Connection connection = duckDb.connect()) {
            Ledger.Difference difference =
                    Ledger.read(connection, catalog.loadTable(list)).compare(listing);
            return OptionalLong.of(
                    difference.added().size() + difference.changed().size());
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e).in("source", source.name());
        }
    }

    private LoadResult loadFiles(FileSource source, LakeCatalog catalog, Identity identity, LoadProgress progress) {
        Path work = duckDb.config()
                .spillFolder()
                .toAbsolutePath()
                .normalize()
                .resolve(WORK + ProcessHandle.current().pid() + "-" + java.util.UUID.randomUUID());
        try (Connection connection = duckDb.connect()) {
            source.landing().ifPresent(landing -> landing.fill());
            List<SourceFile> listing = FileListing.list(source);
            Table list = TargetTable.create(catalog, Bookkeeping.files(source.table()), Bookkeeping.FILES);
            Ledger ledger = Ledger.read(connection, list);
            Ledger.Difference difference = ledger.compare(listing);
            List<SourceFile> files = new ArrayList<>(difference.added());
            files.addAll(changed(source, difference.changed()));
            Files.createDirectories(work);
            Batch.Context context = new Batch.Context(lake, catalog, duckDb, connection, identity, work, progress);
            LoadResult result = LoadResult.NOTHING;
            var expected = ledger.snapshot();
            int done = 0;
            for (List<SourceFile> batch : batches(source, files)) {
                Batch.Outcome outcome = new Batch(context, source, batch, ledger, expected, done, files.size()).load();
                result = result.plus(outcome.result());
                expected = outcome.ledgerSnapshot();
                done += batch.size();
            }
            return result;
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e).in("source", source.name());
        } catch (IOException e) {
            RuntimeException failure = StorageErrors.of("write below", work, e);
            throw failure instanceof TarnException known ? known.in("source", source.name()) : failure;
        } catch (TarnException e) {
            throw e.in("source", source.name());
        } finally {
            delete(work);
        }
    }

    private static List<SourceFile> changed(FileSource source, List<SourceFile> changed) {
        if (!changed.isEmpty() && source.onChange() == OnChange.REFUSE) {
            throw new TarnException(
                    ErrorCode.SOURCE_UNREADABLE,
                    changed.getFirst().path() + " has changed since it was loaded"
                            + (changed.size() > 1 ? ", and " + (changed.size() - 1) + " more files" : "")
                            + "; give it a new name, or set on-change: reload");
        }
        return source.onChange() == OnChange.RELOAD ? changed : List.of();
    }

    /// Files of one format, in the order given, within the limits on a commit.
    private static List<List<SourceFile>> batches(FileSource source, List<SourceFile> files) {
        List<List<SourceFile>> batches = new ArrayList<>();
        List<SourceFile> batch = new ArrayList<>();
        long bytes = 0;
        for (SourceFile file : files) {
            boolean fits = batch.isEmpty()
                    || (batch.size() < BATCH_FILES_MAX
                            && bytes + file.sizeBytes() <= BATCH_BYTES_MAX
                            && isParquet(source, file) == isParquet(source, batch.getFirst()));
            if (!fits) {
                batches.add(batch);
                batch = new ArrayList<>();
                bytes = 0;
            }
            batch.add(file);
            bytes += file.sizeBytes();
        }
        if (!batch.isEmpty()) {
            batches.add(batch);
        }
        return batches;
    }

    private static boolean isParquet(FileSource source, SourceFile file) {
        return Formats.of(source, file) == FileFormat.PARQUET;
    }

    /// A process that was killed leaves its chunks behind.
    private void removeWorkOfTheDead() {
        try (DirectoryStream<Path> folders =
                Files.newDirectoryStream(duckDb.config().spillFolder(), WORK + "*")) {
            for (Path folder : folders) {
                String rest = folder.getFileName().toString().substring(WORK.length());
                long pid = Long.parseLong(rest.substring(0, rest.indexOf('-')));
                if (ProcessHandle.of(pid).isEmpty()) {
                    delete(folder);
                }
            }
        } catch (IOException | NumberFormatException e) {
            // Only space is lost.
        }
    }

    private static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            // Removed when the next process starts.
        }
    }
}
