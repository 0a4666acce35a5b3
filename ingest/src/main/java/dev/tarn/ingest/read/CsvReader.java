package dev.tarn.ingest.read;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.iceberg.types.Type;

/// Splits a CSV file into records and judges their shape: the number of fields, quotes, UTF-8.
///
/// After a record that is wrong, reading goes on at the next line, so that a stray quote costs one line
/// and not the rest of the file. Why not DuckDB's own reader for this: with `ignore_errors` it drops rows
/// that are whole beside broken ones, and it numbers records instead of lines.
public final class CsvReader {
    /// The longest record, quoted line breaks included.
    static final int RECORD_BYTES_MAX = 16 << 20;

    private static final char[] DELIMITERS = {',', ';', '\t', '|'};

    private final CsvDialect dialect;
    private final List<String> givenColumns;
    private final byte quote;
    private final byte escape;
    private byte delimiter;
    private boolean[] special = new boolean[256];

    // What parsing the record at the window's start found.
    private int next;
    private int contentEnd;
    private int fields;
    private int[] starts = new int[64];
    private int[] ends = new int[64];
    private int lines;
    private boolean ascii;
    private boolean[] quoted = new boolean[64];
    private boolean escapes;
    private String problem = "";
    private final List<byte[]> nulls;
    private ColumnBuffer[] buffers = {};
    private List<String> names = List.of();

    /// @param givenColumns the columns' names where the file has no header
    public CsvReader(CsvDialect dialect, List<String> givenColumns) {
        this.dialect = dialect;
        this.givenColumns = givenColumns;
        this.quote = (byte) dialect.quote();
        this.escape = (byte) dialect.escape();
        this.nulls = dialect.nulls().stream()
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    /// Reads a file to its end, or until the sink has enough.
    ///
    /// @throws UnreadableException when the file is cut off or has no usable header
    public void read(InputStream in, ChunkSink sink) throws IOException {
        LineBuffer window = new LineBuffer(in, RECORD_BYTES_MAX);
        chooseDelimiter(window);
        buffers = new ColumnBuffer[0];
        long line = 1;
        while (!sink.enough() && window.hasMore()) {
            int after = buffers.length == 0 ? -1 : plainRecord(window.bytes, window.start, window.end);
            if (after > 0) {
                sink.row(line++, after - window.start);
                window.start = after;
            } else if (parse(window)) {
                takeRecord(window, sink, line);
                line += lines;
                window.start = next;
            }
        }
    }

    /// Reads a record without quotes, escapes and letters outside ASCII, each field plainly a value of its
    /// column, in one pass; whatever is not so is left to [#parse], and nothing of it is kept.
    ///
    /// @return behind the record's line end, or -1
    private int plainRecord(byte[] bytes, int start, int end) {
        ColumnBuffer[] columns = buffers;
        byte delimiter = this.delimiter;
        int last = columns.length - 1;
        int at = start;
        if (isLineEnd(bytes[start])) {
            return -1;
        }
        for (int c = 0; c <= last; c++) {
            ColumnBuffer column = columns[c];
            int stop = at;
            if (at < end && (bytes[at] == delimiter || (c == last && isLineEnd(bytes[at])))) {
                column.appendNull();
            } else if (at < end) {
                stop = column.plain(bytes, at, end);
            }
            if (stop < 0 || (stop == at && at == end)) {
                return undo(c - 1);
            } else if (!nulls.isEmpty() && isNull(bytes, at, stop)) {
                column.undo();
                column.appendNull();
            }
            int after = c < last
                    ? (stop < end && bytes[stop] == delimiter ? stop + 1 : -1)
                    : afterLineEnd(bytes, stop, end);
            if (after < 0) {
                return undo(c);
            }
            at = after;
        }
        return at;
    }

    private static boolean isLineEnd(byte b) {
        return b == '\n' || b == '\r';
    }

    private static int afterLineEnd(byte[] bytes, int at, int end) {
        if (at < end && bytes[at] == '\n') {
            return at + 1;
        }
        return at + 1 < end && bytes[at] == '\r' && bytes[at + 1] == '\n' ? at + 2 : -1;
    }

    /// Takes the record's values out of the columns up to this one.
    private int undo(int lastColumn) {
        for (int c = 0; c <= lastColumn; c++) {
            buffers[c].undo();
        }
        return -1;
    }

    private boolean isNull(byte[] bytes, int from, int to) {
        for (byte[] text : nulls) {
            if (Arrays.equals(bytes, from, to, text, 0, text.length)) {
                return true;
            }
        }
        return false;
    }

    /// Takes the record that was parsed: as the header, a row or a reject.
    private void takeRecord(LineBuffer window, ChunkSink sink, long line) throws IOException {
        boolean blank = contentEnd == window.start;
        if (buffers.length == 0 && !blank) {
            names = columns(window);
            buffers = sink.columns(new ChunkSink.Layout(names, false, delimiter, quote));
            blank = dialect.header();
        }
        if (blank) {
            return;
        }
        String wrong = judge(window, buffers.length);
        if (wrong.isEmpty()) {
            wrong = appendValues(window.bytes);
        }
        if (wrong.isEmpty()) {
            sink.row(line, next - window.start);
        } else {
            rejectLine(window, sink, line, wrong);
        }
    }

    private void chooseDelimiter(LineBuffer window) throws IOException {
        delimiter = (byte) (char) dialect.delimiter().orElseGet(() -> mostFrequent(window));
        special = new boolean[256];
        for (byte b : new byte[] {delimiter, quote, '\n', '\r', 0}) {
            special[b & 0xff] = true;
        }
        for (int high = 128; high < 256; high++) {
            special[high] = true;
        }
    }

    private char mostFrequent(LineBuffer window) {
        char best = ',';
        int most = 0;
        for (char candidate : DELIMITERS) {
            int count = 0;
            boolean quoted = false;
            for (int i = window.start; i < window.end && (window.bytes[i] != '\n' || quoted); i++) {
                quoted ^= window.bytes[i] == quote;
                count += !quoted && window.bytes[i] == candidate ? 1 : 0;
            }
            if (count > most) {
                most = count;
                best = candidate;
            }
        }
        return best;
    }

    /// Finds the end of the record at the window's start. False when the window had to move first.
    private boolean parse(LineBuffer window) throws IOException {
        byte[] bytes = window.bytes;
        int end = window.end;
        boolean[] special = this.special;
        byte delimiter = this.delimiter;
        int i = window.start;
        fields = 1;
        lines = 1;
        ascii = true;
        escapes = false;
        problem = "";
        boolean fieldStart = true;
        starts[0] = i;
        ends[0] = -1;
        quoted[0] = false;
        while (true) {
            int from = i;
            while (i < end && !special[bytes[i] & 0xff]) {
                i++;
            }
            fieldStart &= i == from;
            if (i >= end) {
                if (!window.ended() && !window.full()) {
                    window.more();
                    return false;
                }
                problem = window.ended() ? "" : "longer than " + RECORD_BYTES_MAX + " bytes";
                return finish(end, end);
            }
            byte b = bytes[i];
            if (b == delimiter) {
                endField(i);
                i++;
                startField(i);
                fieldStart = true;
            } else if (b == '\n') {
                return finish(i, i + 1);
            } else if (b == '\r') {
                if (i + 1 == end && !window.ended()) {
                    window.more();
                    return false;
                }
                if (i + 1 == end || bytes[i + 1] == '\n') {
                    return finish(i, Math.min(end, i + 2));
                }
                problem = "a carriage return inside a field";
                i++;
            } else if (b == quote && fieldStart) {
                int close = closingQuote(bytes, i + 1, end);
                if (close < 0) {
                    if (!window.ended() && !window.full()) {
                        window.more();
                        return false;
                    }
                    problem = "a quote that is not closed";
                    return finish(end, end);
                }
                starts[fields - 1] = i + 1;
                ends[fields - 1] = close;
                quoted[fields - 1] = true;
                i = close + 1;
                fieldStart = false;
                if (i < end && bytes[i] != delimiter && bytes[i] != '\n' && bytes[i] != '\r') {
                    problem = "text behind a closing quote";
                    return finish(i, i);
                }
                if (i == end && !window.ended()) {
                    window.more();
                    return false;
                }
            } else {
                ascii &= b >= 0;
                problem = b == 0 ? "a zero byte" : problem;
                fieldStart = false;
                i++;
            }
        }
    }

    private void startField(int at) {
        if (fields == starts.length) {
            starts = Arrays.copyOf(starts, fields * 2);
            ends = Arrays.copyOf(ends, fields * 2);
            quoted = Arrays.copyOf(quoted, fields * 2);
        }
        starts[fields] = at;
        ends[fields] = -1;
        quoted[fields] = false;
        fields++;
    }

    /// Quoted fields have ended before.
    private void endField(int at) {
        if (ends[fields - 1] < 0) {
            ends[fields - 1] = at;
        }
    }

    private boolean finish(int contentEnd, int next) {
        endField(contentEnd);
        this.contentEnd = contentEnd;
        this.next = next;
        return true;
    }

    /// The position of the quote that ends a quoted field, or -1. Counts the lines inside.
    private int closingQuote(byte[] bytes, int from, int end) {
        for (int i = from; i < end; i++) {
            byte b = bytes[i];
            if (b == escape && escape != quote) {
                escapes = true;
                i++;
            } else if (b == quote) {
                if (i + 1 < end && bytes[i + 1] == quote && escape == quote) {
                    escapes = true;
                    i++;
                } else {
                    return i;
                }
            } else if (b == '\n') {
                lines++;
            } else if (b < 0) {
                ascii = false;
            } else if (b == 0) {
                problem = "a zero byte";
            }
        }
        return -1;
    }

    private String judge(LineBuffer window, int columns) {
        if (!problem.isEmpty()) {
            return problem;
        } else if (fields != columns) {
            return fields + " fields instead of " + columns;
        } else if (!ascii && !Utf8.valid(window.bytes, window.start, contentEnd - window.start)) {
            return "bytes that are not UTF-8";
        }
        return "";
    }

    /// Puts the record's values into the columns; what is wrong with the first that is none, if any.
    private String appendValues(byte[] bytes) {
        for (int i = 0; i < buffers.length; i++) {
            ColumnBuffer column = buffers[i];
            byte[] text = bytes;
            int from = starts[i];
            int to = ends[i];
            if (quoted[i] && escapes) {
                text = unescaped(bytes, from, to);
                from = 0;
                to = text.length;
            }
            // A quoted empty field is an empty text, and no value of any other type.
            boolean isText = column.type().typeId() == Type.TypeID.STRING;
            if ((from == to && (!quoted[i] || !isText)) || (!quoted[i] && isNull(text, from, to))) {
                column.appendNull();
            } else if (!column.append(text, from, to)) {
                undo(i - 1);
                return names.get(i) + ": '" + Utf8.text(text, from, Math.min(to - from, 200))
                        + "' is not a value of type " + column.typeName();
            }
        }
        return "";
    }

    /// A quoted field's text.
    private byte[] unescaped(byte[] bytes, int from, int to) {
        byte[] text = new byte[to - from];
        int length = 0;
        for (int i = from; i < to; i++) {
            i += bytes[i] == escape && i + 1 < to ? 1 : 0;
            text[length++] = bytes[i];
        }
        return Arrays.copyOf(text, length);
    }

    /// Gives up the first line only; what follows it is read anew.
    private void rejectLine(LineBuffer window, ChunkSink sink, long line, String reason) throws IOException {
        int end = window.start;
        while (end < window.end && window.bytes[end] != '\n') {
            end++;
        }
        int textEnd = end > window.start && window.bytes[end - 1] == '\r' ? end - 1 : end;
        sink.reject(line, Utf8.text(window.bytes, window.start, textEnd - window.start), reason);
        next = Math.min(window.end, end + 1);
        lines = 1;
    }

    private List<String> columns(LineBuffer window) throws UnreadableException {
        if (!dialect.header()) {
            List<String> names = new ArrayList<>(givenColumns);
            for (int i = names.size(); i < fields; i++) {
                names.add("column" + (i + 1));
            }
            return names;
        }
        String wrong = judge(window, fields);
        if (!wrong.isEmpty()) {
            throw new UnreadableException("its header has " + wrong);
        }
        List<String> header = new ArrayList<>();
        for (int i = 0; i < fields; i++) {
            byte[] text = quoted[i]
                    ? unescaped(window.bytes, starts[i], ends[i])
                    : Arrays.copyOfRange(window.bytes, starts[i], ends[i]);
            header.add(new String(text, StandardCharsets.UTF_8).strip());
        }
        return header;
    }
}
