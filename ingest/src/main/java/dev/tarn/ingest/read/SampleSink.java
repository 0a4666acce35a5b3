package dev.tarn.ingest.read;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.iceberg.types.Type;

/// Looks at the first bytes of files: of fields it learns their types, and JSON records it passes on.
/// Rejects are dropped: they are judged when the file is loaded.
public final class SampleSink implements ChunkSink {
    private final ChunkWriter json;
    private final Function<List<String>, List<String>> names;
    private final Map<String, GuessBuffer> guesses = new LinkedHashMap<>();
    private boolean passing;
    private long maxBytes;
    private long bytes;

    /// @param json takes JSON records
    /// @param names the table's columns for the columns of a file
    public SampleSink(ChunkWriter json, Function<List<String>, List<String>> names) {
        this.json = json;
        this.names = names;
    }

    /// What follows is a file of which so many bytes are wanted.
    public void file(int number, long maxBytes) {
        json.file(number);
        this.maxBytes = maxBytes;
        bytes = 0;
    }

    @Override
    public ColumnBuffer[] columns(Layout layout) throws IOException {
        if (layout.json()) {
            passing = true;
            return json.columns(layout);
        }
        passing = false;
        List<ColumnBuffer> buffers = new ArrayList<>();
        for (String name : names.apply(layout.columns())) {
            buffers.add(guesses.computeIfAbsent(name, key -> new GuessBuffer()));
        }
        return buffers.toArray(ColumnBuffer[]::new);
    }

    @Override
    public void row(long line, int length) throws IOException {
        bytes += length;
        if (passing) {
            json.row(line, length);
        } else {
            guesses.values().forEach(ColumnBuffer::clear);
        }
    }

    @Override
    public void reject(long line, String text, String reason) {
        bytes += text.length();
    }

    @Override
    public boolean enough() {
        return bytes >= maxBytes;
    }

    /// The narrowest type that holds every value seen of a column; text when none does or none was seen.
    ///
    /// Whole numbers are always bigint and others double, dates and times only in ISO form, and a number with a
    /// leading zero is text: bronze keeps what the file says, and silver interprets it.
    public Map<String, Type> types() {
        Map<String, Type> types = new LinkedHashMap<>();
        guesses.forEach((name, guess) -> types.put(name, guess.guess()));
        return types;
    }
}
