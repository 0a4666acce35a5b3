package dev.tarn.query.flight;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;

/// A prepared statement's arguments as SQL.
final class Arguments {
    private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSSSSS");

    private Arguments() {}

    /// The arguments of each row.
    ///
    /// @param types what the statement expects, as Trino names it; `unknown` takes the argument's own
    static List<List<String>> of(VectorSchemaRoot rows, List<String> types) {
        if (rows.getFieldVectors().size() != types.size()) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST,
                    "the statement has " + types.size() + " parameters, not "
                            + rows.getFieldVectors().size());
        }
        List<List<String>> all = new ArrayList<>();
        for (int row = 0; row < rows.getRowCount(); row++) {
            List<String> arguments = new ArrayList<>();
            for (int i = 0; i < types.size(); i++) {
                String literal = literal(rows.getVector(i), row);
                arguments.add(
                        types.get(i).equals("unknown") ? literal : "CAST(" + literal + " AS " + types.get(i) + ")");
            }
            all.add(arguments);
        }
        return all;
    }

    /// A text as a literal.
    static String quoted(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    private static String literal(FieldVector vector, int at) {
        if (vector.isNull(at)) {
            return "NULL";
        }
        return switch (vector) {
            case BitVector bits -> bits.get(at) == 1 ? "true" : "false";
            case VarBinaryVector bytes -> "X'" + HexFormat.of().formatHex(bytes.get(at)) + "'";
            case DateDayVector days -> "DATE '" + LocalDate.ofEpochDay(days.get(at)) + "'";
            case TimeMicroVector times ->
                "TIME '"
                        + DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS")
                                .format(LocalTime.ofNanoOfDay(times.get(at) * 1_000))
                        + "'";
            case TimeStampVector times ->
                timestamp((ArrowType.Timestamp) vector.getField().getType(), times.get(at));
            case ListVector ignored -> throw nested(vector);
            case StructVector ignored -> throw nested(vector);
            default -> quoted(String.valueOf(vector.getObject(at)));
        };
    }

    private static String timestamp(ArrowType.Timestamp type, long value) {
        long perSecond = switch (type.getUnit()) {
            case SECOND -> 1L;
            case MILLISECOND -> 1_000L;
            case MICROSECOND -> 1_000_000L;
            case NANOSECOND -> 1_000_000_000L;
        };
        Instant instant = Instant.ofEpochSecond(
                Math.floorDiv(value, perSecond), Math.floorMod(value, perSecond) * (1_000_000_000L / perSecond));
        String digits = TIMESTAMP.format(LocalDateTime.ofInstant(
                instant, type.getTimezone() == null ? ZoneOffset.UTC : ZoneId.of(type.getTimezone())));
        String shown = type.getUnit() == TimeUnit.NANOSECOND ? digits : digits.substring(0, digits.length() - 3);
        return "TIMESTAMP '" + shown + (type.getTimezone() == null ? "" : " " + type.getTimezone()) + "'";
    }

    private static TarnException nested(FieldVector vector) {
        return new TarnException(
                ErrorCode.NOT_SUPPORTED,
                "an argument of the type " + vector.getField().getType()
                        + " is not supported: write it in the statement's text");
    }
}
