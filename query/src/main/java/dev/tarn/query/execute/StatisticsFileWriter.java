package dev.tarn.query.execute;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.UUID;
import org.apache.datasketches.theta.CompactThetaSketch;
import org.apache.iceberg.GenericBlobMetadata;
import org.apache.iceberg.GenericStatisticsFile;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.StatisticsFile;
import org.apache.iceberg.Table;
import org.apache.iceberg.puffin.Blob;
import org.apache.iceberg.puffin.BlobMetadata;
import org.apache.iceberg.puffin.Puffin;
import org.apache.iceberg.puffin.PuffinCompressionCodec;
import org.apache.iceberg.puffin.PuffinReader;
import org.apache.iceberg.puffin.PuffinWriter;
import org.apache.iceberg.puffin.StandardBlobTypes;
import org.apache.iceberg.types.TypeUtil;
import org.apache.iceberg.util.Pair;
import org.apache.iceberg.util.SnapshotUtil;

/// Writes what is known of a snapshot's columns into one Puffin file, as Trino's Iceberg connector does.
final class StatisticsFileWriter {
    private static final String SKETCH = StandardBlobTypes.APACHE_DATASKETCHES_THETA_V1;

    private final Table table;
    private final Snapshot snapshot;

    StatisticsFileWriter(Table table, Snapshot snapshot) {
        this.table = table;
        this.snapshot = snapshot;
    }

    /// @param sketches by field id; what the snapshot or the nearest one before it has of other columns is kept
    StatisticsFile write(SortedMap<Integer, CompactThetaSketch> sketches) {
        String path = ((HasTableOperations) table)
                .operations()
                .metadataFileLocation(snapshot.snapshotId() + "-" + UUID.randomUUID() + ".stats");
        try (PuffinWriter writer =
                Puffin.write(table.io().newOutputFile(path)).createdBy("Tarn").build()) {
            Optional<StatisticsFile> latest = latest();
            if (latest.isPresent()) {
                keep(latest.get(), sketches.keySet(), writer);
            }
            sketches.forEach((field, sketch) -> writer.add(new Blob(
                    SKETCH,
                    List.of(field),
                    snapshot.snapshotId(),
                    snapshot.sequenceNumber(),
                    ByteBuffer.wrap(sketch.toByteArray()),
                    PuffinCompressionCodec.ZSTD,
                    Map.of("ndv", Long.toString((long) sketch.getEstimate())))));
            writer.finish();
            return new GenericStatisticsFile(
                    snapshot.snapshotId(),
                    path,
                    writer.fileSize(),
                    writer.footerSize(),
                    writer.writtenBlobsMetadata().stream()
                            .map(GenericBlobMetadata::from)
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Optional<StatisticsFile> latest() {
        Map<Long, StatisticsFile> files = new HashMap<>();
        table.statisticsFiles().forEach(file -> files.put(file.snapshotId(), file));
        if (files.isEmpty()) {
            return Optional.empty();
        }
        return SnapshotUtil.ancestorIds(snapshot, table::snapshot).stream()
                .filter(files::containsKey)
                .map(files::get)
                .findFirst();
    }

    private void keep(StatisticsFile file, Set<Integer> anew, PuffinWriter writer) throws IOException {
        Schema schema = snapshot.schemaId() == null
                ? table.schema()
                : table.schemas().getOrDefault(snapshot.schemaId(), table.schema());
        Set<Integer> present = TypeUtil.indexById(schema.asStruct()).keySet();
        try (PuffinReader reader = Puffin.read(table.io().newInputFile(file.path()))
                .withFileSize(file.fileSizeInBytes())
                .withFooterSize(file.fileFooterSizeInBytes())
                .build()) {
            List<BlobMetadata> kept = reader.fileMetadata().blobs().stream()
                    .filter(blob -> isKept(blob, present, anew))
                    .toList();
            for (Pair<BlobMetadata, ByteBuffer> blob : reader.readAll(kept)) {
                BlobMetadata known = blob.first();
                writer.add(new Blob(
                        known.type(),
                        known.inputFields(),
                        known.snapshotId(),
                        known.sequenceNumber(),
                        blob.second(),
                        known.compressionCodec() == null
                                ? null
                                : PuffinCompressionCodec.forName(known.compressionCodec()),
                        known.properties()));
            }
        }
    }

    /// Whatever is no sketch of one column stays; a sketch stays while its column does and has no newer one.
    private static boolean isKept(BlobMetadata blob, Set<Integer> present, Set<Integer> anew) {
        if (!blob.type().equals(SKETCH) || blob.inputFields().size() != 1) {
            return true;
        }
        int field = blob.inputFields().getFirst();
        return present.contains(field) && !anew.contains(field);
    }
}
