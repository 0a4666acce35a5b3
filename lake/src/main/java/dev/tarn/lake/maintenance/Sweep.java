package dev.tarn.lake.maintenance;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.LiveMetadata;
import dev.tarn.lake.catalog.LiveMetadata.Live;
import dev.tarn.lake.storage.LocalFileIO;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.SupportsPrefixOperations;

/// Removes the files that nothing needs: those of snapshots that were forgotten, of dropped tables and branches, of
/// commits that never came to be. Everything that any branch, publish or pin can reach stays.
///
/// First a plan, which can be looked at; then its execution.
public final class Sweep {
    /// A file younger than this is never removed: somebody may be about to commit it.
    public static final Duration GRACE = Duration.ofDays(3);

    private static final Duration GRACE_MIN = Duration.ofMinutes(10);

    private final Lake lake;

    public Sweep(Lake lake) {
        this.lake = lake;
    }

    /// What a sweep would remove.
    ///
    /// @param kept how many files are needed or too young
    public record Plan(List<FileInfo> files, long bytes, long kept) {
        public Plan {
            files = List.copyOf(files);
        }
    }

    /// Finds what nothing needs.
    ///
    /// @param grace how old a file must be; at least ten minutes
    /// @throws TarnException `DATA_CORRUPT` when a needed file cannot be read: then nobody can say what it needs,
    ///     and nothing may be removed
    public Plan plan(Duration grace) {
        return plan(grace, lake.warehouse());
    }

    /// The same below one folder of the warehouse, such as a table's location.
    public Plan plan(Duration grace, String folder) {
        if (grace.compareTo(GRACE_MIN) < 0) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST,
                    "files younger than " + GRACE_MIN.toMinutes() + " minutes may be part of a commit under way");
        }
        return planFilesBefore(System.currentTimeMillis() - grace.toMillis(), folder);
    }

    Plan planFilesBefore(long modifiedBefore) {
        return planFilesBefore(modifiedBefore, lake.warehouse());
    }

    private Plan planFilesBefore(long modifiedBefore, String folder) {
        if (!(lake.io() instanceof SupportsPrefixOperations files)) {
            throw new TarnException(ErrorCode.NOT_SUPPORTED, "the warehouse's files cannot be listed");
        }
        // Listed before the pointers are read: what is committed meanwhile is either not listed or reachable.
        List<FileInfo> all = StreamSupport.stream(files.listPrefix(folder).spliterator(), false)
                .toList();
        Reachable reachable = new Reachable(lake.io());
        LiveMetadata.all(lake.database()).forEach(reachable::add);
        List<FileInfo> unneeded = all.stream()
                .filter(file -> file.createdAtMillis() < modifiedBefore)
                .filter(file -> isTableFile(file) && !reachable.contains(file.location()))
                .toList();
        long bytes = unneeded.stream().mapToLong(FileInfo::size).sum();
        return new Plan(unneeded, bytes, all.size() - (long) unneeded.size());
    }

    /// Whether a file lies where tables keep theirs; whatever else is in the warehouse is none of ours.
    private static boolean isTableFile(FileInfo file) {
        return file.location().contains("/data/") || file.location().contains("/metadata/");
    }

    /// Removes what the plan says, unless something has come to need it since.
    ///
    /// @return how many files were removed
    public int execute(Plan plan) {
        Reachable reachable = new Reachable(lake.io());
        LiveMetadata.all(lake.database()).forEach(reachable::add);
        int removed = 0;
        for (FileInfo file : plan.files()) {
            if (!reachable.contains(file.location())) {
                lake.io().deleteFile(file.location());
                removed++;
            }
        }
        return removed;
    }

    /// Every file that some metadata file leads to. Kept as hashes: two names that share one are both kept.
    private static final class Reachable {
        private final FileIO io;
        private final Set<Long> files = new HashSet<>();

        Reachable(FileIO io) {
            this.io = io;
        }

        boolean contains(String location) {
            return files.contains(hash(location));
        }

        void add(Live live) {
            files.add(hash(live.location()));
            switch (live.kind()) {
                case VIEW -> {
                    // A view is its metadata file.
                }
                case TABLE -> {
                    try {
                        addTable(TableMetadataParser.read(io, live.location()), live);
                    } catch (IOException | RuntimeException e) {
                        throw new TarnException(
                                ErrorCode.DATA_CORRUPT,
                                "nothing is removed, because " + live.location()
                                        + " or a file it names cannot be read: " + e.getMessage(),
                                e);
                    }
                }
            }
        }

        private void addTable(TableMetadata metadata, Live live) throws IOException {
            metadata.previousFiles().forEach(previous -> files.add(hash(previous.file())));
            metadata.statisticsFiles().forEach(file -> files.add(hash(file.path())));
            metadata.partitionStatisticsFiles().forEach(file -> files.add(hash(file.path())));
            for (Snapshot snapshot : metadata.snapshots()) {
                if (live.snapshot().isEmpty() || live.snapshot().getAsLong() == snapshot.snapshotId()) {
                    addSnapshot(metadata, snapshot);
                }
            }
        }

        private void addSnapshot(TableMetadata metadata, Snapshot snapshot) throws IOException {
            String list = snapshot.manifestListLocation();
            if (list != null && !files.add(hash(list))) {
                return;
            }
            for (ManifestFile manifest : snapshot.allManifests(io)) {
                if (files.add(hash(manifest.path()))) {
                    try (CloseableIterable<String> paths =
                            ManifestFiles.readPaths(manifest, io, metadata.specsById())) {
                        paths.forEach(path -> files.add(hash(path)));
                    }
                }
            }
        }

        private static long hash(String location) {
            String name = location.startsWith("file:") || location.startsWith("/")
                    ? LocalFileIO.path(location).toString()
                    : location;
            return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).getMostSignificantBits();
        }
    }
}
