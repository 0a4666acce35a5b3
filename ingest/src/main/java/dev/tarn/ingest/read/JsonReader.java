package dev.tarn.ingest.read;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.List;

/// Reads JSON records: one object a line, the objects of an array, objects one after the other, or the
/// entries of one object as rows of `key` and `value`.
///
/// A line that is not JSON is a reject. A document that spans lines is read as a whole or not at all,
/// because nothing says where the next record would start.
public final class JsonReader {
    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(CsvReader.RECORD_BYTES_MAX)
                            .build())
                    .build())
            .build();

    private final boolean lines;
    private final boolean entries;
    private final List<String> path;
    private ColumnBuffer column = new TextBuffer((byte) 0, (byte) 0);

    /// @param lines whether each line is a record of its own, whatever the file starts with
    /// @param entries whether the object's entries are the records
    /// @param path the names that lead to the records from the document's top
    public JsonReader(boolean lines, boolean entries, List<String> path) {
        this.lines = lines;
        this.entries = entries;
        this.path = List.copyOf(path);
    }

    /// Reads a file to its end, or until the sink has enough.
    ///
    /// @throws UnreadableException when a document is cut off or is not JSON
    public void read(InputStream in, ChunkSink sink) throws IOException {
        column = sink.columns(ChunkSink.Layout.JSON)[0];
        if (lines) {
            readLines(new LineBuffer(in, CsvReader.RECORD_BYTES_MAX), sink);
            return;
        }
        LineBuffer window = new LineBuffer(in, CsvReader.RECORD_BYTES_MAX);
        if (path.isEmpty() && !entries && firstLineIsObject(window)) {
            readLines(window, sink);
            return;
        }
        InputStream rest = new SequenceInputStream(
                new java.io.ByteArrayInputStream(window.bytes, window.start, window.end - window.start), in);
        try (JsonParser parser = JSON.createParser(rest)) {
            readDocument(parser, sink);
        } catch (JsonEOFException e) {
            throw new UnreadableException("it is cut off: the JSON document is not closed");
        } catch (JsonParseException e) {
            throw new UnreadableException(
                    "line " + e.getLocation().getLineNr() + " is not JSON: " + e.getOriginalMessage());
        }
    }

    private static boolean firstLineIsObject(LineBuffer window) {
        int end = window.start;
        while (end < window.end && window.bytes[end] != '\n') {
            end++;
        }
        String first = Utf8.text(window.bytes, window.start, end - window.start).strip();
        if (!first.startsWith("{")) {
            return false;
        }
        try {
            return JSON.readTree(first).isObject();
        } catch (IOException e) {
            return false;
        }
    }

    private void readLines(LineBuffer window, ChunkSink sink) throws IOException {
        long line = 1;
        while (!sink.enough() && window.hasMore()) {
            int end = window.start;
            boolean plain = true;
            while (end < window.end && window.bytes[end] != '\n') {
                plain &= window.bytes[end] >= ' ' || window.bytes[end] == '\t' || window.bytes[end] == '\r';
                end++;
            }
            if (end == window.end && !window.ended() && !window.full()) {
                window.more();
                continue;
            }
            judgeLine(window, end, plain, line++, sink);
            window.start = Math.min(window.end, end + 1);
        }
    }

    private void judgeLine(LineBuffer window, int lineEnd, boolean plain, long line, ChunkSink sink)
            throws IOException {
        byte[] bytes = window.bytes;
        int start = window.start;
        int end = lineEnd;
        while (end > start && bytes[end - 1] <= ' ' && bytes[end - 1] >= 0) {
            end--;
        }
        if (end == start) {
            return;
        }
        boolean text = plain || Utf8.valid(bytes, start, end - start);
        boolean control = false;
        for (int i = start; i < end && !plain; i++) {
            control |= bytes[i] >= 0 && bytes[i] < ' ' && bytes[i] != '\t';
        }
        if (!text) {
            sink.reject(line, Utf8.text(bytes, start, end - start), "bytes that are not UTF-8");
        } else if (control) {
            sink.reject(line, Utf8.text(bytes, start, end - start), "a control character, which JSON does not allow");
        } else {
            column.append(bytes, start, end);
            sink.row(line, end - start);
        }
    }

    private void readDocument(JsonParser parser, ChunkSink sink) throws IOException {
        JsonToken token = parser.nextToken();
        for (String name : path) {
            token = enter(parser, token, name);
        }
        if (entries) {
            if (token != JsonToken.START_OBJECT) {
                throw new UnreadableException("there is no object" + where() + " whose entries could be rows");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT && !sink.enough()) {
                ObjectNode row = JSON.createObjectNode().put("key", parser.currentName());
                long line = parser.currentTokenLocation().getLineNr();
                parser.nextToken();
                put(sink, line, JSON.writeValueAsBytes(row.set("value", parser.readValueAsTree())));
            }
        } else if (token == JsonToken.START_ARRAY) {
            while (parser.nextToken() != JsonToken.END_ARRAY && !sink.enough()) {
                putTree(parser, sink);
            }
        } else {
            for (; token != null && !sink.enough(); token = path.isEmpty() ? parser.nextToken() : null) {
                putTree(parser, sink);
            }
        }
    }

    private void putTree(JsonParser parser, ChunkSink sink) throws IOException {
        long line = parser.currentTokenLocation().getLineNr();
        put(sink, line, JSON.writeValueAsBytes(parser.<com.fasterxml.jackson.databind.JsonNode>readValueAsTree()));
    }

    private void put(ChunkSink sink, long line, byte[] json) throws IOException {
        column.append(json, 0, json.length);
        sink.row(line, json.length);
    }

    private JsonToken enter(JsonParser parser, JsonToken token, String name) throws IOException {
        if (token == JsonToken.START_OBJECT) {
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                if (field.equals(name)) {
                    return value;
                }
                parser.skipChildren();
            }
        }
        throw new UnreadableException("there is nothing" + where());
    }

    private String where() {
        return path.isEmpty() ? "" : " at $." + String.join(".", path);
    }
}
