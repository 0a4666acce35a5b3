package dev.tarn.model.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Reads Universal Binary JSON (<https://ubjson.org>), draft 12, into Jackson's tree.
/// An array of one numeric type becomes a node around `float[]`, `int[]` or `byte[]`.
final class Ubjson {
    private static final int MAX_DEPTH = 64;

    private final ByteBuffer in;

    private Ubjson(byte[] bytes) {
        this.in = ByteBuffer.wrap(bytes);
    }

    /// @throws IllegalArgumentException when the bytes are not UBJSON
    static JsonNode read(byte[] bytes) {
        Ubjson reader = new Ubjson(bytes);
        try {
            JsonNode root = reader.value(reader.marker(), 0);
            if (reader.in.hasRemaining()) {
                throw new IllegalArgumentException("there are bytes after the end of the document");
            }
            return root;
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("the file ends in the middle of a value", e);
        }
    }

    private JsonNode value(byte type, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("values are nested more than " + MAX_DEPTH + " deep");
        }
        JsonNodeFactory make = JsonNodeFactory.instance;
        return switch (type) {
            case 'Z' -> make.nullNode();
            case 'T' -> make.booleanNode(true);
            case 'F' -> make.booleanNode(false);
            case 'i', 'U', 'I', 'l', 'L' -> make.numberNode(integer(type));
            case 'd' -> make.numberNode(in.getFloat());
            case 'D' -> make.numberNode(in.getDouble());
            case 'C' -> make.textNode(String.valueOf((char) in.get()));
            case 'S' -> make.textNode(string());
            case '[' -> array(depth);
            case '{' -> object(depth);
            default -> throw new IllegalArgumentException("unknown type marker " + (type & 0xff));
        };
    }

    private JsonNode object(int depth) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        Container container = container();
        for (int i = 0; container.count < 0 || i < container.count; i++) {
            if (container.count < 0 && peek() == '}') {
                in.get();
                break;
            }
            String key = string();
            object.set(key, value(container.type == 0 ? marker() : container.type, depth + 1));
        }
        return object;
    }

    private JsonNode array(int depth) {
        Container container = container();
        if (container.type != 0 && container.count >= 0) {
            JsonNode typed = numbers(container);
            if (typed != null) {
                return typed;
            }
        }
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; container.count < 0 || i < container.count; i++) {
            if (container.count < 0 && peek() == ']') {
                in.get();
                break;
            }
            array.add(value(container.type == 0 ? marker() : container.type, depth + 1));
        }
        return array;
    }

    private @org.jspecify.annotations.Nullable JsonNode numbers(Container container) {
        int count = container.count;
        int width = switch (container.type) {
            case 'U', 'i' -> 1;
            case 'I' -> 2;
            case 'd', 'l' -> 4;
            case 'L', 'D' -> 8;
            default -> 0;
        };
        if (width == 0) {
            return null;
        }
        if ((long) count * width > in.remaining()) {
            throw new BufferUnderflowException();
        }
        if (container.type == 'd') {
            float[] floats = new float[count];
            for (int i = 0; i < count; i++) {
                floats[i] = in.getFloat();
            }
            return JsonNodeFactory.instance.pojoNode(floats);
        }
        if (container.type == 'D') {
            throw new IllegalArgumentException("an array of 64-bit floats");
        }
        int[] ints = new int[count];
        for (int i = 0; i < count; i++) {
            ints[i] = Math.toIntExact(integer(container.type));
        }
        return JsonNodeFactory.instance.pojoNode(ints);
    }

    /// What an array or object says of itself before its values; `count` is -1 and `type` 0 when it does not.
    private record Container(byte type, int count) {}

    private Container container() {
        byte type = 0;
        if (peek() == '$') {
            in.get();
            type = in.get();
        }
        if (peek() != '#') {
            if (type != 0) {
                throw new IllegalArgumentException("a type without a count");
            }
            return new Container(type, -1);
        }
        in.get();
        int count = length();
        // Values without bytes could otherwise promise two billion entries in a few bytes.
        if (count > in.remaining()) {
            throw new BufferUnderflowException();
        }
        return new Container(type, count);
    }

    private String string() {
        int length = length();
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private int length() {
        long length = integer(marker());
        if (length < 0 || length > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a length of " + length);
        }
        return (int) length;
    }

    private long integer(byte type) {
        return switch (type) {
            case 'i' -> in.get();
            case 'U' -> in.get() & 0xff;
            case 'I' -> in.getShort();
            case 'l' -> in.getInt();
            case 'L' -> in.getLong();
            default -> throw new IllegalArgumentException("a whole number was expected, not type " + (type & 0xff));
        };
    }

    /// The next type marker; `N` means nothing and is skipped.
    private byte marker() {
        byte type;
        do {
            type = in.get();
        } while (type == 'N');
        return type;
    }

    private byte peek() {
        if (!in.hasRemaining()) {
            throw new BufferUnderflowException();
        }
        return in.get(in.position());
    }
}
