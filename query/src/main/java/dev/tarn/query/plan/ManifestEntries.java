package dev.tarn.query.plan;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.ManifestContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.MetadataTableType;
import org.apache.iceberg.MetadataTableUtils;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// The entries of a table's manifests.
final class ManifestEntries {
    private final Table table;

    ManifestEntries(Table table) {
        this.table = table;
    }

    /// @param status 0 existing, 1 added, 2 deleted
    /// @param snapshotId the snapshot that added the file, or deleted it
    record Entry(int status, @Nullable Long snapshotId, ContentFile<?> file) {}

    private record Key(String location, @Nullable Long offset) {}

    /// The files of the current snapshot.
    List<Entry> live() {
        return current().stream().filter(entry -> entry.status() != 2).toList();
    }

    /// The entries of the current snapshot, of files that it deleted too.
    List<Entry> current() {
        Snapshot current = table.currentSnapshot();
        return current == null ? List.of() : entries(current.allManifests(table.io()), MetadataTableType.ENTRIES);
    }

    /// The entries of all snapshots.
    List<Entry> everything() {
        Map<String, ManifestFile> manifests = new LinkedHashMap<>();
        for (Snapshot snapshot : table.snapshots()) {
            snapshot.allManifests(table.io()).forEach(manifest -> manifests.put(manifest.path(), manifest));
        }
        return entries(List.copyOf(manifests.values()), MetadataTableType.ALL_ENTRIES);
    }

    /// Manifests give a file with all that is known of it, and Iceberg's own metadata table an entry's status and
    /// snapshot; neither gives both.
    private List<Entry> entries(List<ManifestFile> manifests, MetadataTableType kind) {
        Map<Key, ContentFile<?>> files = new LinkedHashMap<>();
        for (ManifestFile manifest : manifests) {
            read(manifest, file -> files.put(key(file), file));
        }
        List<Entry> entries = new ArrayList<>();
        Table metadata = MetadataTableUtils.createMetadataTableInstance(table, kind);
        Types.StructType fields =
                metadata.schema().findField("data_file").type().asStructType();
        int path = position(fields, "file_path");
        int offset = position(fields, "content_offset");
        try (CloseableIterable<FileScanTask> tasks = metadata.newScan().planFiles()) {
            for (FileScanTask task : tasks) {
                try (CloseableIterable<StructLike> rows = task.asDataTask().rows()) {
                    for (StructLike row : rows) {
                        StructLike file = row.get(4, StructLike.class);
                        ContentFile<?> found = files.get(new Key(
                                file.get(path, String.class), offset < 0 ? null : file.get(offset, Long.class)));
                        if (found != null) {
                            entries.add(new Entry(row.get(0, Integer.class), row.get(1, Long.class), found));
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return entries;
    }

    private static int position(Types.StructType fields, String name) {
        Types.NestedField field = fields.field(name);
        return field == null ? -1 : fields.fields().indexOf(field);
    }

    private static Key key(ContentFile<?> file) {
        return new Key(
                file.location(), file instanceof org.apache.iceberg.DeleteFile delete ? delete.contentOffset() : null);
    }

    private void read(ManifestFile manifest, Consumer<ContentFile<?>> files) {
        try (CloseableIterable<? extends ContentFile<?>> reader = manifest.content() == ManifestContent.DATA
                ? ManifestFiles.read(manifest, table.io(), table.specs())
                : ManifestFiles.readDeleteManifest(manifest, table.io(), table.specs())) {
            for (ContentFile<?> file : reader) {
                files.accept((ContentFile<?>) file.copy());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
