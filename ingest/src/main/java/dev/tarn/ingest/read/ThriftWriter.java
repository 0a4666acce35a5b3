package dev.tarn.ingest.read;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/// Thrift's compact protocol, as far as Parquet's metadata needs it: fields in ascending order of their ids.
final class ThriftWriter {
    private static final int TRUE = 1;
    private static final int FALSE = 2;
    private static final int I32 = 5;
    private static final int I64 = 6;
    private static final int BINARY = 8;
    private static final int LIST = 9;
    private static final int STRUCT = 12;
    private static final int LONG_LIST = 15;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Deque<Integer> outer = new ArrayDeque<>();
    private int lastId;

    ThriftWriter bool(int id, boolean value) {
        field(id, value ? TRUE : FALSE);
        return this;
    }

    ThriftWriter i32(int id, int value) {
        field(id, I32);
        zigzag(value);
        return this;
    }

    ThriftWriter i64(int id, long value) {
        field(id, I64);
        zigzag(value);
        return this;
    }

    ThriftWriter text(int id, String value) {
        field(id, BINARY);
        bytes(value);
        return this;
    }

    ThriftWriter texts(int id, String... values) {
        list(id, BINARY, values.length);
        for (String value : values) {
            bytes(value);
        }
        return this;
    }

    ThriftWriter i32s(int id, int... values) {
        list(id, I32, values.length);
        for (int value : values) {
            zigzag(value);
        }
        return this;
    }

    /// A list of structs follows, each between [#element] and [#end].
    ThriftWriter structs(int id, int size) {
        list(id, STRUCT, size);
        return this;
    }

    ThriftWriter element() {
        outer.push(lastId);
        lastId = 0;
        return this;
    }

    /// The fields of a struct follow, until [#end].
    ThriftWriter struct(int id) {
        field(id, STRUCT);
        return element();
    }

    ThriftWriter end() {
        out.write(0);
        lastId = outer.isEmpty() ? 0 : outer.pop();
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    private void field(int id, int type) {
        int step = id - lastId;
        if (step < 1 || step > 15) {
            throw new IllegalArgumentException("field " + id + " after " + lastId);
        }
        out.write((step << 4) | type);
        lastId = id;
    }

    private void list(int id, int elementType, int size) {
        field(id, LIST);
        out.write((Math.min(size, LONG_LIST) << 4) | elementType);
        if (size >= LONG_LIST) {
            varint(size);
        }
    }

    private void bytes(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        varint(utf8.length);
        out.writeBytes(utf8);
    }

    private void zigzag(long value) {
        varint((value << 1) ^ (value >> 63));
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
