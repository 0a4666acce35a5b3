package dev.tarn.ingest.read;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/// Collects what readers find into chunks of bounded size, and rejects into one file of JSON lines.
/// A full chunk is handed over at once; at most the receiver decides how many wait on disk.
public final class ChunkWriter implements ChunkSink, AutoCloseable {
    /// As many rows as DuckDB reads and writes at once.
    private static final int GROUP_ROWS = 122_880;

    /// A row group is kept in memory until it is written.
    private static final long GROUP_BYTES_MAX = 64L << 20;

    /// Takes finished chunks; may block.
    public interface Receiver {
        void take(Chunk chunk) throws IOException;
    }

    private final Path folder;
    private final long chunkBytes;
    private final Receiver receiver;
    private final Counts counts;
    private final Function<List<String>, List<Type>> types;
    private final OutputStream rejectsFile;
    private final JsonGenerator rejects;

    private Layout layout = Layout.JSON;
    private ColumnBuffer[] buffers = {};
    private Optional<ChunkFile> chunk = Optional.empty();
    private int file;
    private int chunkNumber;
    private int[] fileNumbers = new int[GROUP_ROWS];
    private long[] lines = new long[GROUP_ROWS];
    private int groupRows;
    private long groupBytes;
    private long bytes;
    private long rows;
    private int firstFile;
    private int lastFile;

    /// @param folder an empty folder of this load's own
    /// @param types the types that a file's columns are read as
    public ChunkWriter(
            Path folder, long chunkBytes, Counts counts, Function<List<String>, List<Type>> types, Receiver receiver)
            throws IOException {
        this.folder = folder;
        this.chunkBytes = chunkBytes;
        this.counts = counts;
        this.types = types;
        this.receiver = receiver;
        rejectsFile = new BufferedOutputStream(Files.newOutputStream(rejectsPath()));
        rejects = JsonMapper.builder().build().createGenerator(rejectsFile);
        rejects.setRootValueSeparator(new com.fasterxml.jackson.core.io.SerializedString("\n"));
    }

    /// The rejects as JSON lines: file (number), line, text, reason.
    public Path rejectsPath() {
        return folder.resolve("rejects.jsonl");
    }

    /// What follows comes from the file of this number.
    public void file(int number) {
        file = number;
    }

    @Override
    public ColumnBuffer[] columns(Layout next) throws IOException {
        // A chunk of one large file is read faster than one of several.
        boolean large = bytes >= chunkBytes / 4;
        if (rows > 0 && (large || !next.equals(layout))) {
            handOver();
        }
        if (buffers.length == 0 || !next.equals(layout)) {
            layout = next;
            List<Type> columnTypes = next.json() ? List.of(Types.StringType.get()) : types.apply(next.columns());
            buffers = columnTypes.stream()
                    .map(type -> ColumnBuffer.of(type, next.delimiter(), next.quote()))
                    .toArray(ColumnBuffer[]::new);
        }
        return buffers;
    }

    @Override
    public void row(long line, int length) throws IOException {
        firstFile = rows == 0 ? file : firstFile;
        lastFile = file;
        fileNumbers[groupRows] = file;
        lines[groupRows++] = line;
        rows++;
        counts.row(file);
        groupBytes += length;
        bytes += length;
        if (groupRows == GROUP_ROWS || groupBytes >= GROUP_BYTES_MAX) {
            writeGroup();
        }
        if (bytes >= chunkBytes) {
            handOver();
        }
    }

    private void writeGroup() throws IOException {
        if (chunk.isEmpty()) {
            chunk = Optional.of(new ChunkFile(folder.resolve("chunk-" + chunkNumber++ + ".parquet")));
        }
        chunk.get().write(groupRows, fileNumbers, lines, buffers);
        for (ColumnBuffer buffer : buffers) {
            buffer.clear();
        }
        groupRows = 0;
        groupBytes = 0;
    }

    @Override
    public void reject(long line, String text, String reason) throws IOException {
        counts.reject(file);
        rejects.writeStartObject();
        rejects.writeNumberField("file", file);
        rejects.writeNumberField("line", line);
        rejects.writeStringField("text", text);
        rejects.writeStringField("reason", reason);
        rejects.writeEndObject();
    }

    @Override
    public boolean enough() {
        return false;
    }

    private void handOver() throws IOException {
        if (groupRows > 0) {
            writeGroup();
        }
        ChunkFile finished = chunk.orElseThrow();
        chunk = Optional.empty();
        List<Type> columnTypes = new ArrayList<>();
        for (ColumnBuffer buffer : buffers) {
            columnTypes.add(buffer.type());
        }
        finished.finish(columnTypes);
        receiver.take(new Chunk(finished.path(), layout.columns(), layout.json(), rows, firstFile, lastFile));
        rows = 0;
        bytes = 0;
    }

    /// Hands over what is left.
    public void finish() throws IOException {
        if (rows > 0) {
            handOver();
        }
        rejects.close();
        rejectsFile.close();
    }

    @Override
    public void close() throws IOException {
        if (chunk.isPresent()) {
            chunk.get().close();
        }
        rejects.close();
        rejectsFile.close();
    }
}
