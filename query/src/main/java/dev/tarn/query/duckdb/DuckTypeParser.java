package dev.tarn.query.duckdb;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntSupplier;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/// Reads a DuckDB type as `DESCRIBE` prints it and finds the Iceberg type that holds all its values.
/// What Iceberg has no type for (intervals, enums, JSON, bit strings) becomes a string, and unsigned or
/// 128-bit integers the next wider type.
public final class DuckTypeParser {
    private final String text;
    private final IntSupplier nextFieldId;
    private int at;

    private DuckTypeParser(String text, IntSupplier nextFieldId) {
        this.text = text;
        this.nextFieldId = nextFieldId;
    }

    /// The Iceberg type; nested fields are optional and numbered by the supplier.
    ///
    /// @throws TarnException `NOT_SUPPORTED` when the text is not a type that DuckDB prints
    public static Type parse(String duckType, IntSupplier nextFieldId) {
        DuckTypeParser parser = new DuckTypeParser(duckType, nextFieldId);
        Type type = parser.type();
        if (parser.at != duckType.length()) {
            throw parser.unreadable();
        }
        return type;
    }

    private Type type() {
        Type type = element();
        while (at < text.length() && text.charAt(at) == '[') {
            at = text.indexOf(']', at) + 1;
            if (at == 0) {
                throw unreadable();
            }
            type = Types.ListType.ofOptional(nextFieldId.getAsInt(), type);
        }
        return type;
    }

    private Type element() {
        if (take("STRUCT(")) {
            List<Types.NestedField> fields = new ArrayList<>();
            do {
                String name = name();
                expect(" ");
                Type fieldType = type();
                fields.add(Types.NestedField.optional(nextFieldId.getAsInt(), name, fieldType));
            } while (take(", "));
            expect(")");
            return Types.StructType.of(fields);
        } else if (take("MAP(")) {
            Type key = type();
            expect(", ");
            Type value = type();
            expect(")");
            return Types.MapType.ofOptional(nextFieldId.getAsInt(), nextFieldId.getAsInt(), key, value);
        } else if (take("DECIMAL(")) {
            int end = text.indexOf(')', at);
            int comma = text.indexOf(',', at);
            int precision = Integer.parseInt(text.substring(at, comma));
            int scale = Integer.parseInt(text.substring(comma + 1, end).strip());
            at = end + 1;
            return Types.DecimalType.of(precision, scale);
        } else if (take("ENUM(") || take("UNION(")) {
            skipToClosing();
            return Types.StringType.get();
        }
        return primitive(word());
    }

    private Type primitive(String name) {
        return switch (name) {
            case "BOOLEAN" -> Types.BooleanType.get();
            case "TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT" -> Types.IntegerType.get();
            case "BIGINT", "UINTEGER" -> Types.LongType.get();
            case "UBIGINT" -> Types.DecimalType.of(20, 0);
            case "HUGEINT", "UHUGEINT", "BIGNUM" -> Types.DecimalType.of(38, 0);
            case "FLOAT" -> Types.FloatType.get();
            case "DOUBLE" -> Types.DoubleType.get();
            case "DATE" -> Types.DateType.get();
            case "TIME", "TIME_NS" -> Types.TimeType.get();
            case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS" -> Types.TimestampType.withoutZone();
            case "TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ" -> Types.TimestampType.withZone();
            case "TIMESTAMP_NS" -> Types.TimestampNanoType.withoutZone();
            case "TIMESTAMPTZ_NS" -> Types.TimestampNanoType.withZone();
            case "UUID" -> Types.UUIDType.get();
            case "BLOB" -> Types.BinaryType.get();
            case "VARCHAR", "JSON", "INTERVAL", "TIME WITH TIME ZONE", "BIT", "\"NULL\"", "NULL", "VARIANT" ->
                Types.StringType.get();
            default -> throw unreadable();
        };
    }

    private String word() {
        int start = at;
        while (at < text.length() && ",)[".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return text.substring(start, at).strip().toUpperCase(Locale.ROOT);
    }

    private String name() {
        StringBuilder name = new StringBuilder();
        if (at < text.length() && text.charAt(at) == '"') {
            for (at++; at < text.length(); at++) {
                if (text.charAt(at) != '"') {
                    name.append(text.charAt(at));
                } else if (at + 1 < text.length() && text.charAt(at + 1) == '"') {
                    name.append(text.charAt(at++));
                } else {
                    at++;
                    return name.toString();
                }
            }
            throw unreadable();
        }
        while (at < text.length() && text.charAt(at) != ' ') {
            name.append(text.charAt(at++));
        }
        return name.toString();
    }

    private void skipToClosing() {
        boolean quoted = false;
        for (int depth = 1; depth > 0; at++) {
            if (at >= text.length()) {
                throw unreadable();
            }
            char c = text.charAt(at);
            quoted ^= c == '\'';
            if (!quoted) {
                depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            }
        }
    }

    private boolean take(String token) {
        boolean found = text.startsWith(token, at);
        at += found ? token.length() : 0;
        return found;
    }

    private void expect(String token) {
        if (!take(token)) {
            throw unreadable();
        }
    }

    private TarnException unreadable() {
        return new TarnException(ErrorCode.NOT_SUPPORTED, "The type " + text + " has no place in an Iceberg table");
    }
}
