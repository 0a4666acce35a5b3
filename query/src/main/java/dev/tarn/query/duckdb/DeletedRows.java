package dev.tarn.query.duckdb;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileMetadata;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.duckdb.DuckDBColumnType;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDataChunkWriter;
import org.duckdb.DuckDBFunctions;
import org.duckdb.DuckDBTableFunction;
import org.duckdb.DuckDBTableFunctionBindInfo;
import org.duckdb.DuckDBTableFunctionBuilder;
import org.duckdb.DuckDBTableFunctionCallInfo;
import org.duckdb.DuckDBTableFunctionInitInfo;

/// The table function `tarn_deleted_rows(vectors)`: the rows (file, pos) that deletion vectors of
/// Iceberg's format version 3 take out. Each line of its argument names one vector; all that it needs
/// stands there, so that no state outlives a statement.
final class DeletedRows implements DuckDBTableFunction<String[], DeletedRows.Cursor, Object> {
    private record Vector(int fileIndex, String path, long offset, int length, long rows) {}

    /// The line for one vector.
    static String argument(int fileIndex, DeleteFile delete) {
        return String.join(
                "\t",
                Integer.toString(fileIndex),
                delete.contentOffset().toString(),
                delete.contentSizeInBytes().toString(),
                Long.toString(delete.recordCount()),
                delete.location());
    }

    static void register(DuckDBConnection connection) throws SQLException {
        try (DuckDBTableFunctionBuilder builder = DuckDBFunctions.tableFunction()) {
            builder.withName("tarn_deleted_rows")
                    .withParameter(DuckDBColumnType.VARCHAR)
                    .withFunction(new DeletedRows())
                    .register(connection);
        }
    }

    @Override
    public String[] bind(DuckDBTableFunctionBindInfo info) {
        info.addResultColumn("file", DuckDBColumnType.BIGINT);
        info.addResultColumn("pos", DuckDBColumnType.BIGINT);
        String[] lines = info.getParameter(0).getString().split("\n");
        long rows = Arrays.stream(lines)
                .map(DeletedRows::vector)
                .mapToLong(Vector::rows)
                .sum();
        info.setCardinality(rows, true);
        return lines;
    }

    @Override
    public Cursor init(DuckDBTableFunctionInitInfo info) {
        info.setMaxThreads(1);
        return new Cursor(new ArrayDeque<>(Arrays.asList(info.<String[]>getBindData())));
    }

    @Override
    public long apply(DuckDBTableFunctionCallInfo info, DuckDBDataChunkWriter out) throws IOException {
        return info.<Cursor>getInitData().next(out);
    }

    private static Vector vector(String line) {
        String[] parts = line.split("\t", 5);
        return new Vector(
                Integer.parseInt(parts[0]),
                parts[4],
                Long.parseLong(parts[1]),
                Integer.parseInt(parts[2]),
                Long.parseLong(parts[3]));
    }

    /// How far a statement has read.
    static final class Cursor {
        private final Queue<String> lines;
        private long[] positions = new long[0];
        private int at;
        private int fileIndex;

        Cursor(Queue<String> lines) {
            this.lines = lines;
        }

        long next(DuckDBDataChunkWriter out) throws IOException {
            while (at == positions.length) {
                String line = lines.poll();
                if (line == null) {
                    return 0;
                }
                Vector vector = vector(line);
                fileIndex = vector.fileIndex();
                positions = read(vector);
                at = 0;
            }
            int count = (int) Math.min(out.capacity(), positions.length - at);
            for (int i = 0; i < count; i++) {
                out.vector(0).setLong(i, fileIndex);
                out.vector(1).setLong(i, positions[at++]);
            }
            return count;
        }
    }

    private static long[] read(Vector vector) throws IOException {
        // Iceberg checks magic number, checksum and number of rows against what the manifest said.
        DeleteFile expected = FileMetadata.deleteFileBuilder(PartitionSpec.unpartitioned())
                .ofPositionDeletes()
                .withFormat(FileFormat.PUFFIN)
                .withPath(vector.path())
                .withFileSizeInBytes(vector.offset() + vector.length())
                .withReferencedDataFile("file-" + vector.fileIndex())
                .withContentOffset(vector.offset())
                .withContentSizeInBytes(vector.length())
                .withRecordCount(vector.rows())
                .build();
        long[] positions = new long[Math.toIntExact(vector.rows())];
        int[] count = {0};
        index(expected).forEach(position -> positions[count[0]++] = position);
        return positions;
    }

    /// The positions that a deletion vector takes out.
    static PositionDeleteIndex index(DeleteFile vector) throws IOException {
        byte[] bytes = new byte[Math.toIntExact(vector.contentSizeInBytes())];
        try (RandomAccessFile file = new RandomAccessFile(Locations.path(vector.location()), "r")) {
            file.seek(vector.contentOffset());
            file.readFully(bytes);
        }
        try {
            return PositionDeleteIndex.deserialize(bytes, vector);
        } catch (IllegalArgumentException e) {
            throw new TarnException(
                    ErrorCode.DATA_CORRUPT,
                    "The deletion vector in " + vector.location() + " is damaged: " + e.getMessage());
        }
    }
}
