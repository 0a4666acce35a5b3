package dev.tarn.query.compile;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.trino.spi.block.ArrayBlockBuilder;
import io.trino.spi.block.Block;
import io.trino.spi.block.BlockBuilder;
import io.trino.spi.block.MapBlockBuilder;
import io.trino.spi.block.RowBlockBuilder;
import io.trino.spi.block.SqlMap;
import io.trino.spi.block.SqlRow;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.MapType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.TimeZoneKey;
import io.trino.spi.type.Type;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Arrays, maps and rows as JSON text. Nothing is lost: each leaf is first brought to its carrier by SQL, floating
/// point numbers further to text, and a map is an array of its entries.
///
/// | part | JSON |
/// |---|---|
/// | boolean, whole number, text | the same |
/// | double, real | text that reads back to the same bits |
/// | array | array |
/// | map | array of `{"key": …, "value": …}` |
/// | row | object with one member a field, in their order |
final class JsonWire {
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNumberLength(100)
                    .build())
            .build();

    private JsonWire() {}

    /// A type within JSON.
    private interface Part {
        /// The type of its carrier, as SQL.
        String duckType();

        /// SQL to the carrier.
        ///
        /// @param depth how many lambdas stand around it
        String toSql(String value, int depth);

        /// SQL back.
        String fromSql(String value, int depth);

        /// The parser stands at the value's first token, and afterwards at its last.
        void read(JsonParser parser, BlockBuilder block) throws IOException;

        void write(Block block, int position, JsonGenerator json) throws IOException;
    }

    /// Null for a type of which a part does not travel.
    static @Nullable Wire of(Type type, TimeZoneKey zone) {
        Part part = part(type, zone);
        if (part == null) {
            return null;
        }
        return new Wire(
                Carrier.TEXT,
                new Template("CAST(to_json(" + once("$1", part::toSql) + ") AS VARCHAR)"),
                new Template(once("CAST(CAST($1 AS JSON) AS " + part.duckType() + ")", part::fromSql)),
                (source, block) -> read(part, source.text(), block),
                (block, at, sink) -> sink.text(write(part, block, at)));
    }

    /// SQL that makes JSON of one value among others, for [#readAll].
    static String sql(Type type, TimeZoneKey zone, String value) {
        return once(value, required(type, zone)::toSql);
    }

    private interface Conversion {
        String sql(String value, int depth);
    }

    /// A conversion of a value whose own text stands in it once, however often it is used.
    private static String once(String value, Conversion conversion) {
        String variable = Lambdas.variable(0);
        String sql = conversion.sql(variable, 1);
        if (sql.equals(variable)) {
            return value;
        }
        boolean repeats = sql.indexOf(variable) != sql.lastIndexOf(variable);
        return repeats
                ? "list_transform([" + value + "], lambda " + variable + ": " + sql + ")[1]"
                : conversion.sql(value, 1);
    }

    private static Part required(Type type, TimeZoneKey zone) {
        Part part = part(type, zone);
        if (part == null) {
            throw Refused.because("A value of type " + type.getDisplayName() + " in this function");
        }
        return part;
    }

    /// Reads an array of objects with one member a block, in their order, as [#sql] makes their values.
    ///
    /// @return how many there are
    static int readAll(List<Type> types, List<TimeZoneKey> zones, String json, List<BlockBuilder> blocks) {
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            parts.add(required(types.get(i), zones.get(i)));
        }
        int count = 0;
        try (JsonParser parser = JSON.createParser(json)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.START_OBJECT) {
                if (parts.isEmpty()) {
                    parser.nextToken();
                    parser.nextToken();
                }
                for (int i = 0; i < parts.size(); i++) {
                    parser.nextToken();
                    parser.nextToken();
                    readValue(parts.get(i), parser, blocks.get(i));
                }
                parser.nextToken();
                count++;
            }
            return count;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void read(Part part, String json, BlockBuilder block) {
        try (JsonParser parser = JSON.createParser(json)) {
            parser.nextToken();
            readValue(part, parser, block);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String write(Part part, Block block, int position) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            writeValue(part, block, position, json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static void readValue(Part part, JsonParser parser, BlockBuilder block) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            block.appendNull();
        } else {
            part.read(parser, block);
        }
    }

    private static void writeValue(Part part, Block block, int position, JsonGenerator json) throws IOException {
        if (block.isNull(position)) {
            json.writeNull();
        } else {
            part.write(block, position, json);
        }
    }

    private static @Nullable Part part(Type type, TimeZoneKey zone) {
        return switch (type) {
            case ArrayType array -> {
                Part element = part(array.getElementType(), zone);
                yield element == null ? null : new ArrayPart(array, element);
            }
            case MapType map -> {
                Part key = part(map.getKeyType(), zone);
                Part value = part(map.getValueType(), zone);
                yield key == null || value == null ? null : new MapPart(map, key, value);
            }
            case RowType row -> {
                List<Part> fields = new ArrayList<>();
                for (RowType.Field field : row.getFields()) {
                    Part part = part(field.getType(), zone);
                    if (part == null) {
                        yield null;
                    }
                    fields.add(part);
                }
                yield new RowPart(row, fields);
            }
            default -> Wire.of(type, zone).map(Leaf::new).orElse(null);
        };
    }

    private record Leaf(Wire wire) implements Part {
        @Override
        public String duckType() {
            return switch (wire.carrier()) {
                case BOOLEAN -> "BOOLEAN";
                case LONG -> "BIGINT";
                case DOUBLE, REAL, TEXT -> "VARCHAR";
            };
        }

        @Override
        public String toSql(String value, int depth) {
            String carried = wire.toWire().fill(List.of(value));
            return switch (wire.carrier()) {
                case BOOLEAN, LONG, TEXT -> carried;
                case DOUBLE, REAL -> "CAST(" + carried + " AS VARCHAR)";
            };
        }

        @Override
        public String fromSql(String value, int depth) {
            return wire.fromWire()
                    .fill(List.of(
                            switch (wire.carrier()) {
                                case BOOLEAN, LONG, TEXT -> value;
                                case DOUBLE -> "CAST(" + value + " AS DOUBLE)";
                                case REAL -> "CAST(" + value + " AS FLOAT)";
                            }));
        }

        @Override
        public void read(JsonParser parser, BlockBuilder block) {
            wire.read().value(new JsonSource(parser), block);
        }

        @Override
        public void write(Block block, int position, JsonGenerator json) {
            wire.write().value(block, position, new JsonSink(json));
        }
    }

    private record ArrayPart(ArrayType type, Part element) implements Part {
        @Override
        public String duckType() {
            return element.duckType() + "[]";
        }

        @Override
        public String toSql(String value, int depth) {
            String variable = Lambdas.variable(depth);
            return Lambdas.transform(value, variable, element.toSql(variable, depth + 1));
        }

        @Override
        public String fromSql(String value, int depth) {
            String variable = Lambdas.variable(depth);
            return Lambdas.transform(value, variable, element.fromSql(variable, depth + 1));
        }

        @Override
        public void read(JsonParser parser, BlockBuilder block) throws IOException {
            ((ArrayBlockBuilder) block).buildEntry(elements -> {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    readValue(element, parser, elements);
                }
            });
        }

        @Override
        public void write(Block block, int position, JsonGenerator json) throws IOException {
            Block elements = type.getObject(block, position);
            json.writeStartArray();
            for (int i = 0; i < elements.getPositionCount(); i++) {
                writeValue(element, elements, i, json);
            }
            json.writeEndArray();
        }
    }

    private record MapPart(MapType type, Part key, Part value) implements Part {
        @Override
        public String duckType() {
            return "STRUCT(\"key\" " + key.duckType() + ", \"value\" " + value.duckType() + ")[]";
        }

        @Override
        public String toSql(String map, int depth) {
            String entry = Lambdas.variable(depth);
            String keySql = key.toSql(entry + ".\"key\"", depth + 1);
            String valueSql = value.toSql(entry + ".\"value\"", depth + 1);
            return Lambdas.transform("map_entries(" + map + ")", entry, packed(entry, keySql, valueSql));
        }

        @Override
        public String fromSql(String entries, int depth) {
            String entry = Lambdas.variable(depth);
            String keySql = key.fromSql(entry + ".\"key\"", depth + 1);
            String valueSql = value.fromSql(entry + ".\"value\"", depth + 1);
            return "map_from_entries(" + Lambdas.transform(entries, entry, packed(entry, keySql, valueSql)) + ")";
        }

        private static String packed(String entry, String keySql, String valueSql) {
            boolean same = keySql.equals(entry + ".\"key\"") && valueSql.equals(entry + ".\"value\"");
            return same ? entry : "struct_pack(\"key\" := " + keySql + ", \"value\" := " + valueSql + ")";
        }

        @Override
        public void read(JsonParser parser, BlockBuilder block) throws IOException {
            ((MapBlockBuilder) block).buildEntry((keys, values) -> {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    parser.nextToken();
                    parser.nextToken();
                    readValue(key, parser, keys);
                    parser.nextToken();
                    parser.nextToken();
                    readValue(value, parser, values);
                    parser.nextToken();
                }
            });
        }

        @Override
        public void write(Block block, int position, JsonGenerator json) throws IOException {
            SqlMap map = type.getObject(block, position);
            json.writeStartArray();
            for (int i = 0; i < map.getSize(); i++) {
                json.writeStartObject();
                json.writeFieldName("key");
                writeValue(key, map.getRawKeyBlock(), map.getRawOffset() + i, json);
                json.writeFieldName("value");
                writeValue(value, map.getRawValueBlock(), map.getRawOffset() + i, json);
                json.writeEndObject();
            }
            json.writeEndArray();
        }
    }

    /// Fields carry their positions' names, for a row's own may be anything.
    private record RowPart(RowType type, List<Part> fields) implements Part {
        @Override
        public String duckType() {
            List<String> carriers = new ArrayList<>();
            for (int i = 0; i < fields.size(); i++) {
                carriers.add("f" + i + " " + fields.get(i).duckType());
            }
            return "STRUCT(" + String.join(", ", carriers) + ")";
        }

        @Override
        public String toSql(String row, int depth) {
            List<String> items = new ArrayList<>();
            boolean same = true;
            for (int i = 0; i < fields.size(); i++) {
                String field = Rows.field(row, i);
                String carried = fields.get(i).toSql(field, depth);
                same = same && carried.equals(field);
                items.add("f" + i + " := " + carried);
            }
            if (same) {
                return row;
            }
            return "CASE WHEN " + row + " IS NOT NULL THEN struct_pack(" + String.join(", ", items) + ") END";
        }

        @Override
        public String fromSql(String carried, int depth) {
            List<String> items = new ArrayList<>();
            for (int i = 0; i < fields.size(); i++) {
                items.add(fields.get(i).fromSql(Rows.field(carried, i), depth));
            }
            return "CASE WHEN " + carried + " IS NOT NULL THEN " + Rows.pack(type, items) + " END";
        }

        @Override
        public void read(JsonParser parser, BlockBuilder block) throws IOException {
            ((RowBlockBuilder) block).buildEntry(builders -> {
                for (int i = 0; i < fields.size(); i++) {
                    parser.nextToken();
                    parser.nextToken();
                    readValue(fields.get(i), parser, builders.get(i));
                }
                parser.nextToken();
            });
        }

        @Override
        public void write(Block block, int position, JsonGenerator json) throws IOException {
            SqlRow row = type.getObject(block, position);
            json.writeStartObject();
            for (int i = 0; i < fields.size(); i++) {
                json.writeFieldName("f" + i);
                writeValue(fields.get(i), row.getRawFieldBlock(i), row.getRawIndex(), json);
            }
            json.writeEndObject();
        }
    }

    private record JsonSource(JsonParser parser) implements Carrier.Source {
        private interface Reading<T> {
            T get() throws IOException;
        }

        private static <T> T reading(Reading<T> reading) {
            try {
                return reading.get();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public boolean bool() {
            return reading(parser::getBooleanValue);
        }

        @Override
        public long integer() {
            return reading(parser::getLongValue);
        }

        @Override
        public double floating() {
            String text = text();
            return switch (text) {
                case "nan", "-nan" -> Double.NaN;
                case "inf" -> Double.POSITIVE_INFINITY;
                case "-inf" -> Double.NEGATIVE_INFINITY;
                default -> Double.parseDouble(text);
            };
        }

        @Override
        public float real() {
            String text = text();
            return text.endsWith("f") || text.endsWith("nan") ? (float) floating() : Float.parseFloat(text);
        }

        @Override
        public String text() {
            return reading(parser::getText);
        }
    }

    private record JsonSink(JsonGenerator json) implements Carrier.Sink {
        private interface Writing {
            void run() throws IOException;
        }

        private static void writing(Writing writing) {
            try {
                writing.run();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void bool(boolean value) {
            writing(() -> json.writeBoolean(value));
        }

        @Override
        public void integer(long value) {
            writing(() -> json.writeNumber(value));
        }

        @Override
        public void floating(double value) {
            text(Double.toString(value));
        }

        @Override
        public void real(float value) {
            text(Float.toString(value));
        }

        @Override
        public void text(String value) {
            writing(() -> json.writeString(value));
        }
    }
}
