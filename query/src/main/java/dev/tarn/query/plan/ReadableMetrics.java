package dev.tarn.query.plan;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SingleValueParser;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// A file's column statistics as JSON by column name, as Trino writes them.
final class ReadableMetrics {
    private static final JsonFactory JSON = new JsonFactory();

    private ReadableMetrics() {}

    /// @param leaves the schema's primitive fields under their full names
    static String json(Schema schema, List<Types.NestedField> leaves, ContentFile<?> file) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            List<Types.NestedField> sorted = leaves.stream()
                    .sorted(Comparator.comparing(Types.NestedField::name))
                    .toList();
            for (Types.NestedField leaf : sorted) {
                json.writeObjectFieldStart(leaf.name());
                number(json, "column_size", file.columnSizes(), leaf);
                number(json, "value_count", file.valueCounts(), leaf);
                number(json, "null_value_count", file.nullValueCounts(), leaf);
                number(json, "nan_value_count", file.nanValueCounts(), leaf);
                bound(json, "lower_bound", file.lowerBounds(), leaf);
                bound(json, "upper_bound", file.upperBounds(), leaf);
                json.writeEndObject();
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing the metrics of " + schema, e);
        }
        return text.toString();
    }

    private static void number(
            JsonGenerator json, String name, @Nullable Map<Integer, Long> numbers, Types.NestedField leaf)
            throws IOException {
        json.writeFieldName(name);
        Long number = numbers == null ? null : numbers.get(leaf.fieldId());
        if (number == null) {
            json.writeNull();
        } else {
            json.writeNumber(number);
        }
    }

    private static void bound(
            JsonGenerator json, String name, @Nullable Map<Integer, ByteBuffer> bounds, Types.NestedField leaf)
            throws IOException {
        json.writeFieldName(name);
        ByteBuffer bound = bounds == null ? null : bounds.get(leaf.fieldId());
        SingleValueParser.toJson(
                leaf.type(), bound == null ? null : Conversions.fromByteBuffer(leaf.type(), bound), json);
    }
}
