package dev.tarn.query.flight;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.TimeStampMicroVector;
import org.apache.arrow.vector.TimeStampNanoVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.jspecify.annotations.Nullable;

/// Puts values of the client protocol, one by one, into Arrow's vectors.
final class ArrowValues {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ArrowValues() {}

    static void set(FieldVector vector, int at, @Nullable Object value) {
        if (value == null) {
            vector.setNull(at);
            return;
        }
        switch (vector) {
            case BitVector bits -> bits.setSafe(at, Boolean.parseBoolean(value.toString()) ? 1 : 0);
            case TinyIntVector numbers -> numbers.setSafe(at, (int) integer(value));
            case SmallIntVector numbers -> numbers.setSafe(at, (int) integer(value));
            case IntVector numbers -> numbers.setSafe(at, (int) integer(value));
            case BigIntVector numbers -> numbers.setSafe(at, integer(value));
            case Float4Vector numbers -> numbers.setSafe(at, Float.parseFloat(value.toString()));
            case Float8Vector numbers -> numbers.setSafe(at, Double.parseDouble(value.toString()));
            case DecimalVector numbers -> numbers.setSafe(at, new BigDecimal(value.toString()));
            case VarCharVector texts -> texts.setSafe(at, text(value).getBytes(UTF_8));
            case VarBinaryVector bytes ->
                bytes.setSafe(
                        at,
                        value instanceof byte[] raw ? raw : Base64.getDecoder().decode(value.toString()));
            case DateDayVector days ->
                days.setSafe(at, (int) LocalDate.parse(value.toString()).toEpochDay());
            case TimeMicroVector times ->
                times.setSafe(at, LocalTime.parse(value.toString()).toNanoOfDay() / 1_000);
            case TimeStampMicroVector times -> times.setSafe(at, since(local(value), ChronoUnit.MICROS));
            case TimeStampNanoVector times -> times.setSafe(at, since(local(value), ChronoUnit.NANOS));
            case TimeStampMicroTZVector times -> times.setSafe(at, micros(value.toString()));
            case MapVector maps -> map(maps, at, (Map<?, ?>) value);
            case ListVector lists -> list(lists, at, (List<?>) value);
            case StructVector structs -> struct(structs, at, (List<?>) value);
            default -> throw new IllegalStateException("no values for " + vector.getField());
        }
    }

    private static long integer(Object value) {
        return value instanceof Number number ? number.longValue() : Long.parseLong(value.toString());
    }

    private static String text(Object value) {
        if (!(value instanceof List || value instanceof Map)) {
            return value.toString();
        }
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static LocalDateTime local(Object value) {
        return LocalDateTime.parse(value.toString().replace(' ', 'T'));
    }

    /// `2024-01-31 12:00:00.000 Europe/Paris`
    private static long micros(String text) {
        int zone = text.lastIndexOf(' ');
        return since(
                local(text.substring(0, zone))
                        .atZone(ZoneId.of(text.substring(zone + 1)))
                        .withZoneSameInstant(ZoneOffset.UTC)
                        .toLocalDateTime(),
                ChronoUnit.MICROS);
    }

    private static long since(LocalDateTime time, ChronoUnit unit) {
        return unit.between(LocalDateTime.ofEpochSecond(0, 0, ZoneOffset.UTC), time);
    }

    private static void list(ListVector lists, int at, List<?> items) {
        int start = lists.startNewValue(at);
        for (int i = 0; i < items.size(); i++) {
            set(lists.getDataVector(), start + i, items.get(i));
        }
        lists.endValue(at, items.size());
    }

    private static void map(MapVector maps, int at, Map<?, ?> entries) {
        int next = maps.startNewValue(at);
        StructVector pairs = (StructVector) maps.getDataVector();
        for (Map.Entry<?, ?> entry : entries.entrySet()) {
            pairs.setIndexDefined(next);
            set(pairs.getChildrenFromFields().get(0), next, entry.getKey());
            set(pairs.getChildrenFromFields().get(1), next, entry.getValue());
            next++;
        }
        maps.endValue(at, entries.size());
    }

    private static void struct(StructVector structs, int at, List<?> fields) {
        structs.setIndexDefined(at);
        for (int i = 0; i < fields.size(); i++) {
            set(structs.getChildrenFromFields().get(i), at, fields.get(i));
        }
    }
}
