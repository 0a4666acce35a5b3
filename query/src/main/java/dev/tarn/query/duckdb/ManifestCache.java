package dev.tarn.query.duckdb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestReader;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;

/// Manifests and manifest lists as read, by location, least recently used ones dropped first. It is exact
/// under concurrent commits because Iceberg never changes a file in place.
///
/// Weights are in data files and their column statistics, about 100 bytes a unit.
public final class ManifestCache {
    private final long maxWeight;
    private final Map<String, Entry<?>> entries = new LinkedHashMap<>(16, 0.75f, true);
    private long weight;

    private record Entry<T>(T item, long weight) {}

    /// @param maxWeight 0 keeps nothing
    public ManifestCache(long maxWeight) {
        this.maxWeight = maxWeight;
    }

    /// A cache of about 100 MB.
    public static ManifestCache standard() {
        return new ManifestCache(1_000_000);
    }

    /// All manifests of a snapshot, of data and of deletes.
    List<ManifestFile> manifests(Table table, Snapshot snapshot) {
        return get(snapshot.manifestListLocation(), () -> {
            List<ManifestFile> manifests = List.copyOf(snapshot.allManifests(table.io()));
            return new Entry<>(manifests, 1 + manifests.size());
        });
    }

    /// The live data files of a manifest, with their statistics.
    IndexedFiles dataFiles(Table table, ManifestFile manifest) {
        return get(key(manifest), () -> {
            List<DataFile> files = new ArrayList<>();
            try (ManifestReader<DataFile> reader = ManifestFiles.read(manifest, table.io(), table.specs())) {
                reader.forEach(file -> files.add(file.copy()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return new Entry<>(
                    new IndexedFiles(files),
                    1 + (long) files.size() * (1 + table.schema().columns().size()));
        });
    }

    /// A manifest from before format version 3 is given its rows' ids by a later snapshot's list.
    private static String key(ManifestFile manifest) {
        return manifest.firstRowId() == null ? manifest.path() : manifest.path() + "#" + manifest.firstRowId();
    }

    /// Which of some manifests have to be read from their files.
    List<String> missing(List<ManifestFile> manifests) {
        synchronized (entries) {
            return manifests.stream()
                    .filter(manifest -> !entries.containsKey(key(manifest)))
                    .map(ManifestFile::path)
                    .toList();
        }
    }

    private <T> T get(String location, Supplier<Entry<T>> read) {
        synchronized (entries) {
            @SuppressWarnings("unchecked") // a location is read as one kind of thing only
            Entry<T> cached = (Entry<T>) entries.get(location);
            if (cached != null) {
                return cached.item();
            }
        }
        Entry<T> entry = read.get();
        put(location, entry);
        return entry.item();
    }

    private void put(String location, Entry<?> entry) {
        if (entry.weight() > maxWeight / 4) {
            return;
        }
        synchronized (entries) {
            Entry<?> former = entries.put(location, entry);
            weight += entry.weight() - (former == null ? 0 : former.weight());
            var eldest = entries.entrySet().iterator();
            while (weight > maxWeight) {
                weight -= eldest.next().getValue().weight();
                eldest.remove();
            }
        }
    }
}
