package dev.tarn.query.compile;

import io.trino.spi.type.ArrayType;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.CharType;
import io.trino.spi.type.DateType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.DoubleType;
import io.trino.spi.type.MapType;
import io.trino.spi.type.RealType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.TimestampWithTimeZoneType;
import io.trino.spi.type.Type;
import io.trino.spi.type.VarcharType;
import io.trino.type.UnknownType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Casts that DuckDB does as Trino does, possibly with a little help; all others run in Trino's own code.
///
/// | from | to | how |
/// |---|---|---|
/// | whole number, decimal | whole number, decimal | CAST: both round half away from zero and fail out of range |
/// | whole number, decimal | real, double | CAST |
/// | real | double | CAST |
/// | real, double | whole number | rounded half away from zero first, as DuckDB would round half to even |
/// | whole number, decimal, boolean | varchar | CAST, checked against varchar(n) |
/// | varchar, char | varchar(n), char(n) | cut at n, padding as Trino |
/// | date | timestamp | CAST; timestamp to date too |
/// | timestamp(p) | timestamp(q ≥ p) | nothing to do |
/// | array, row | array, row | by element, by position |
final class Casts {
    private Casts() {}

    static Optional<UnaryOperator<String>> find(Type from, Type to) {
        if (from.equals(to)) {
            return Optional.of(value -> value);
        }
        if (from instanceof UnknownType) {
            return plain(to);
        }
        if (DuckType.isInteger(from) || from instanceof DecimalType) {
            return ofExact(from, to);
        }
        if (DuckType.isFloating(from)) {
            return ofFloating(from, to);
        }
        return switch (from) {
            case VarcharType varchar -> ofVarchar(varchar, to);
            case CharType character -> ofChar(character, to);
            case BooleanType ignored -> to instanceof VarcharType varchar ? checked(varchar, 5) : integerOf(to);
            case DateType ignored ->
                to instanceof TimestampType timestamp && timestamp.getPrecision() <= 9 ? plain(to) : Optional.empty();
            case TimestampType timestamp -> ofTimestamp(timestamp, to);
            case TimestampWithTimeZoneType timestamp ->
                to instanceof TimestampWithTimeZoneType other
                                && timestamp.getPrecision() <= other.getPrecision()
                                && other.getPrecision() <= 6
                        ? Optional.of(value -> value)
                        : Optional.empty();
            case ArrayType array -> to instanceof ArrayType other ? ofArray(array, other) : Optional.empty();
            case RowType row -> to instanceof RowType other ? ofRow(row, other) : Optional.empty();
            case MapType map -> to instanceof MapType other ? ofMap(map, other) : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static Optional<UnaryOperator<String>> plain(Type to) {
        return Optional.of(value -> "CAST(" + value + " AS " + DuckType.of(to) + ")");
    }

    private static Optional<UnaryOperator<String>> integerOf(Type to) {
        return DuckType.isInteger(to) ? plain(to) : Optional.empty();
    }

    private static Optional<UnaryOperator<String>> ofExact(Type from, Type to) {
        if (DuckType.isInteger(to) || to instanceof DecimalType || to instanceof DoubleType) {
            return plain(to);
        }
        if (to instanceof RealType) {
            return from instanceof DecimalType ? Optional.empty() : plain(to);
        }
        if (to instanceof VarcharType varchar) {
            return checked(varchar, 41);
        }
        return Optional.empty();
    }

    /// Text of a value that may be longer than a bounded varchar, which is an error and not a cut.
    private static Optional<UnaryOperator<String>> checked(VarcharType to, int longest) {
        if (to.isUnbounded() || to.getBoundedLength() >= longest) {
            return Optional.of(value -> "CAST(" + value + " AS VARCHAR)");
        }
        int length = to.getBoundedLength();
        return Optional.of(value -> "CASE WHEN length(CAST(" + value + " AS VARCHAR)) > " + length
                + " THEN error('TRINO[INVALID_CAST_ARGUMENT] Value cannot be represented as "
                + to.getDisplayName() + "') ELSE CAST(" + value + " AS VARCHAR) END");
    }

    private static Optional<UnaryOperator<String>> ofFloating(Type from, Type to) {
        if (DuckType.isInteger(to)) {
            return Optional.of(value -> "CAST(round(" + value + ") AS " + DuckType.of(to) + ")");
        }
        // A double too large for a real becomes infinite, which DuckDB calls an error.
        return from instanceof RealType && to instanceof DoubleType ? plain(to) : Optional.empty();
    }

    private static Optional<UnaryOperator<String>> ofVarchar(VarcharType from, Type to) {
        return switch (to) {
            case VarcharType varchar -> Optional.of(value -> cut(value, from, varchar));
            case CharType character ->
                Optional.of(value -> "rtrim(left(" + value + ", " + character.getLength() + "), ' ')");
            default -> Optional.empty();
        };
    }

    private static String cut(String value, VarcharType from, VarcharType to) {
        boolean fits = to.isUnbounded() || (!from.isUnbounded() && from.getBoundedLength() <= to.getBoundedLength());
        return fits ? value : "left(" + value + ", " + to.getBoundedLength() + ")";
    }

    private static Optional<UnaryOperator<String>> ofChar(CharType from, Type to) {
        return switch (to) {
            case CharType character ->
                Optional.of(value -> character.getLength() >= from.getLength()
                        ? value
                        : "rtrim(left(" + value + ", " + character.getLength() + "), ' ')");
            case VarcharType varchar ->
                Optional.of(value -> cut(value, VarcharType.createVarcharType(from.getLength()), varchar));
            default -> Optional.empty();
        };
    }

    /// A char value with its spaces.
    static String padded(String value, CharType type) {
        return "rpad(" + value + ", " + type.getLength() + ", ' ')";
    }

    private static Optional<UnaryOperator<String>> ofTimestamp(TimestampType from, Type to) {
        return switch (to) {
            case DateType ignored -> plain(to);
            case TimestampType timestamp
            when timestamp.getPrecision() >= from.getPrecision() && timestamp.getPrecision() <= 9 ->
                DuckType.of(from).equals(DuckType.of(to)) ? Optional.of(value -> value) : plain(to);
            default -> Optional.empty();
        };
    }

    private static Optional<UnaryOperator<String>> ofArray(ArrayType from, ArrayType to) {
        return find(from.getElementType(), to.getElementType()).map(element -> value -> {
            // Lambdas within have a name of their own, by the depth of their type.
            String variable = Lambdas.variable(20 + depth(from));
            return Lambdas.transform(value, variable, element.apply(variable));
        });
    }

    private static int depth(Type type) {
        return 1 + DuckType.parts(type).stream().mapToInt(Casts::depth).max().orElse(0);
    }

    private static Optional<UnaryOperator<String>> ofMap(MapType from, MapType to) {
        boolean same = DuckType.of(from).equals(DuckType.of(to))
                && find(from.getKeyType(), to.getKeyType())
                        .map(cast -> cast.apply("v").equals("v"))
                        .orElse(false)
                && find(from.getValueType(), to.getValueType())
                        .map(cast -> cast.apply("v").equals("v"))
                        .orElse(false);
        return same ? Optional.of(value -> value) : Optional.empty();
    }

    private static Optional<UnaryOperator<String>> ofRow(RowType from, RowType to) {
        List<UnaryOperator<String>> fields = new ArrayList<>();
        for (int i = 0; i < from.getFields().size(); i++) {
            Optional<UnaryOperator<String>> cast = find(
                    from.getFields().get(i).getType(), to.getFields().get(i).getType());
            if (cast.isEmpty()) {
                return Optional.empty();
            }
            fields.add(cast.get());
        }
        return Optional.of(value -> {
            List<String> items = new ArrayList<>();
            for (int i = 0; i < fields.size(); i++) {
                items.add(fields.get(i).apply(Rows.field(value, i)));
            }
            return "CASE WHEN " + value + " IS NULL THEN CAST(NULL AS " + DuckType.of(to) + ") ELSE "
                    + Rows.pack(to, items) + " END";
        });
    }
}
