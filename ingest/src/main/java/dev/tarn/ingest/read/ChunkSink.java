package dev.tarn.ingest.read;

import java.io.IOException;
import java.util.List;

/// Where a reader puts what it finds. All lines of a file are accounted for: each belongs to one row, one
/// reject, the header, or is blank.
public interface ChunkSink {
    /// A file starts. Its rows have these columns, in this order; called once per file, before its rows.
    ///
    /// @return where the values of a row go, one per column, before [#row] is called for it
    ColumnBuffer[] columns(Layout layout) throws IOException;

    /// A whole record, whose values are in the buffers. The buffers may be empty again after it.
    ///
    /// @param line the 1-based line at which it starts
    /// @param bytes how long it is in the file
    void row(long line, int bytes) throws IOException;

    /// A record that cannot be read.
    ///
    /// @param text as it stands in the file, without its line end; bytes that are no UTF-8 replaced
    void reject(long line, String text, String reason) throws IOException;

    /// Whether the reader may stop because enough was seen.
    boolean enough();

    /// How the records of a file are laid out.
    ///
    /// @param columns as the file names them
    /// @param json whether there is one column, which holds JSON
    /// @param delimiter what ends a field
    /// @param quote what starts a field that may hold delimiters
    record Layout(List<String> columns, boolean json, byte delimiter, byte quote) {
        static final Layout JSON = new Layout(List.of("json"), true, (byte) 0, (byte) 0);
    }
}
