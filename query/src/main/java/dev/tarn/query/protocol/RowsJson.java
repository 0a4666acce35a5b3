package dev.tarn.query.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Rows as the JSON array that clients read: numbers and booleans as themselves, NaN and the infinities as
/// text, everything else as the text that the engine gave. Rows are added until the buffer is taken.
final class RowsJson {
    private static final JsonFactory JSON = new JsonFactory();

    private final Bytes bytes = new Bytes();
    private final JsonGenerator json;
    private final @Nullable LegacyDateTime legacy;
    private long rows;

    /// @param legacy rounds times for clients that know only milliseconds; null when it need not
    RowsJson(@Nullable LegacyDateTime legacy) {
        this.legacy = legacy;
        try {
            json = JSON.createGenerator(bytes);
            json.writeStartArray();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    void add(List<List<@Nullable Object>> page) {
        try {
            for (List<@Nullable Object> row : page) {
                write(legacy == null ? row : legacy.row(row));
            }
            json.flush();
            rows += page.size();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Bytes so far, whole rows only.
    int size() {
        return bytes.size();
    }

    long rows() {
        return rows;
    }

    /// The array; nothing can be added after.
    ByteBuffer take() {
        try {
            json.writeEndArray();
            json.close();
            return bytes.asBuffer();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class Bytes extends ByteArrayOutputStream {
        Bytes() {
            super(1024);
        }

        /// What was written, without copying it.
        ByteBuffer asBuffer() {
            return ByteBuffer.wrap(buf, 0, count);
        }
    }

    private void write(@Nullable Object value) throws IOException {
        switch (value) {
            case null -> json.writeNull();
            case String text -> json.writeString(text);
            case Boolean truth -> json.writeBoolean(truth);
            case Integer number -> json.writeNumber(number);
            case Long number -> json.writeNumber(number);
            case Double number -> writeFinite(number, number.isNaN() || number.isInfinite());
            case Float number -> writeFinite(number, number.isNaN() || number.isInfinite());
            case Short number -> json.writeNumber(number);
            case Byte number -> json.writeNumber(number);
            case List<?> items -> {
                json.writeStartArray();
                for (Object item : items) {
                    write(item);
                }
                json.writeEndArray();
            }
            case Map<?, ?> entries -> {
                json.writeStartObject();
                for (Map.Entry<?, ?> entry : entries.entrySet()) {
                    json.writeFieldName(String.valueOf(entry.getKey()));
                    write(entry.getValue());
                }
                json.writeEndObject();
            }
            default -> throw new IllegalStateException("a result holds a " + value.getClass());
        }
    }

    private void writeFinite(Number number, boolean special) throws IOException {
        if (special) {
            json.writeString(number.toString());
        } else if (number instanceof Float single) {
            json.writeNumber(single);
        } else {
            json.writeNumber(number.doubleValue());
        }
    }
}
