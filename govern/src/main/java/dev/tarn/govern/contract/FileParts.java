package dev.tarn.govern.contract;

import dev.tarn.query.duckdb.ScanFile;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// Parts of measures, file by file: from the file's statistics where they decide, otherwise by reading the columns
/// that the others need, once.
final class FileParts {
    /// So many files are read one by one, which is faster than telling their rows apart.
    private static final int ALONE_MAX = 8;

    /// A text that takes less than so many bytes of a file for each row comes from a dictionary.
    private static final long REPEATED_BYTES = 4;

    private final Measuring measuring;
    private final TableFiles all;
    private final List<Measure.Part> parts;

    FileParts(Measuring measuring, TableFiles all, List<Measure.Part> parts) {
        this.measuring = measuring;
        this.all = all;
        this.parts = parts;
    }

    /// The parts of each file, in their order; null where a file has no such value.
    Map<String, List<@Nullable BigDecimal>> of(Set<String> keys) {
        Map<String, List<@Nullable BigDecimal>> values = new LinkedHashMap<>();
        boolean[] needed = new boolean[parts.size()];
        for (String key : keys) {
            ScanFile file = Objects.requireNonNull(all.files().get(key));
            List<@Nullable BigDecimal> ofFile = new ArrayList<>();
            for (int i = 0; i < parts.size(); i++) {
                Optional<BigDecimal> stated = stated(parts.get(i), file);
                needed[i] |= stated.isEmpty();
                ofFile.add(stated.orElse(null));
            }
            values.put(key, ofFile);
        }
        List<Integer> read = new ArrayList<>();
        for (int i = 0; i < needed.length; i++) {
            if (needed[i]) {
                read.add(i);
            }
        }
        if (!read.isEmpty() && keys.size() <= ALONE_MAX) {
            for (String key : keys) {
                alone(key, read, Objects.requireNonNull(values.get(key)));
            }
        } else if (!read.isEmpty()) {
            Map<String, String> byLocation = new HashMap<>();
            keys.forEach(key -> byLocation.put(
                    Objects.requireNonNull(all.files().get(key)).file().location(), key));
            // A file whose rows are all deleted has no row in the answer.
            for (List<@Nullable Object> row : answer(keys, List.of(read(read, true)))) {
                String key = byLocation.get(String.valueOf(row.getFirst()));
                fill(Objects.requireNonNull(values.get(key)), read, row.subList(1, row.size()));
            }
        }
        return values;
    }

    /// One file. Conditions on a text that repeats are decided once for each different text.
    private void alone(String key, List<Integer> read, List<@Nullable BigDecimal> values) {
        ScanFile file = Objects.requireNonNull(all.files().get(key));
        Map<String, List<Integer>> byText = new LinkedHashMap<>();
        List<Integer> rest = new ArrayList<>();
        for (int at : read) {
            repeated(parts.get(at), file)
                    .ifPresentOrElse(
                            text -> byText.computeIfAbsent(text, same -> new ArrayList<>())
                                    .add(at),
                            () -> rest.add(at));
        }
        List<Integer> places = new ArrayList<>();
        List<Measuring.Aggregated> asked = new ArrayList<>();
        byText.forEach((text, own) -> {
            places.addAll(own);
            asked.add(decided(text, own));
        });
        if (!rest.isEmpty()) {
            places.addAll(rest);
            asked.add(read(rest, false));
        }
        fill(values, places, answer(Set.of(key), asked).getFirst());
    }

    private List<List<@Nullable Object>> answer(Set<String> keys, List<Measuring.Aggregated> asked) {
        return Measuring.during(Map.of(all.name(), all.only(keys)), () -> measuring.aggregated(asked));
    }

    /// The text column of a condition, when the file's size says that its values repeat.
    private Optional<String> repeated(Measure.Part part, ScanFile file) {
        if (!(part.counted().orElse(null) instanceof Condition.Sql condition)
                || condition.column().isEmpty()) {
            return Optional.empty();
        }
        Types.NestedField field =
                all.table().schema().asStruct().field(condition.column().get());
        Map<Integer, Long> sizes = file.file().columnSizes();
        if (field == null || field.type().typeId() != Type.TypeID.STRING || sizes == null) {
            return Optional.empty();
        }
        Long bytes = sizes.get(field.fieldId());
        return bytes != null && bytes < file.file().recordCount() * REPEATED_BYTES
                ? condition.column()
                : Optional.empty();
    }

    private Measuring.Aggregated decided(String text, List<Integer> read) {
        List<String> conditions = read.stream()
                .map(at -> parts.get(at).inputs().getFirst())
                .distinct()
                .toList();
        String name = SqlNames.quoted(text);
        String rows = "SELECT \"rows of it\", " + String.join(", ", conditions) + " FROM (SELECT " + name
                + ", count(*) AS \"rows of it\" FROM "
                + SqlNames.table(all.name().toString()) + " GROUP BY " + name + ") d";
        String values = read.stream()
                .map(at -> "CAST(coalesce(sum(c0) FILTER (WHERE c"
                        + (1 + conditions.indexOf(parts.get(at).inputs().getFirst())) + "), 0) AS VARCHAR)")
                .collect(Collectors.joining(", "));
        return new Measuring.Aggregated(rows, read.size(), from -> "SELECT " + values + " FROM " + from);
    }

    private static void fill(List<@Nullable BigDecimal> ofFile, List<Integer> read, List<@Nullable Object> row) {
        for (int i = 0; i < read.size(); i++) {
            ofFile.set(read.get(i), Measuring.number(row.get(i)).orElse(null));
        }
    }

    /// What the file's statistics say.
    private Optional<BigDecimal> stated(Measure.Part part, ScanFile file) {
        if (part.equals(Measure.Part.ROWS) && file.deletes().isEmpty()) {
            return Optional.of(BigDecimal.valueOf(file.file().recordCount()));
        }
        if (part.aggregate().equals("count(?)") && file.deletes().isEmpty()) {
            return present(part.inputs().getFirst(), file.file());
        }
        return part.counted()
                .filter(condition -> Proof.isOfNone(condition, all.table().schema(), file.file()))
                .map(condition -> BigDecimal.ZERO);
    }

    /// How many values of a column are not null.
    private Optional<BigDecimal> present(String value, DataFile file) {
        for (Types.NestedField field : all.table().schema().columns()) {
            if (SqlNames.quoted(field.name()).equals(value) && file.nullValueCounts() != null) {
                return Optional.ofNullable(file.nullValueCounts().get(field.fieldId()))
                        .map(nulls -> BigDecimal.valueOf(file.recordCount() - nulls));
            }
        }
        return Optional.empty();
    }

    private Measuring.Aggregated read(List<Integer> read, boolean apart) {
        List<String> inputs = read.stream()
                .flatMap(at -> parts.get(at).inputs().stream())
                .distinct()
                .collect(Collectors.toCollection(ArrayList::new));
        if (apart) {
            inputs.addFirst("\"$path\"");
        }
        String rows = "SELECT " + (inputs.isEmpty() ? "1" : String.join(", ", inputs)) + " FROM "
                + SqlNames.table(all.name().toString());
        List<String> values =
                read.stream().map(at -> aggregate(parts.get(at), inputs)).toList();
        UnaryOperator<String> statement = from -> "SELECT " + (apart ? "c0, " : "") + String.join(", ", values)
                + " FROM " + from + (apart ? " GROUP BY c0" : "");
        return new Measuring.Aggregated(rows, values.size() + (apart ? 1 : 0), statement);
    }

    private static String aggregate(Measure.Part part, List<String> inputs) {
        String text = part.aggregate();
        for (String input : part.inputs()) {
            text = text.replaceFirst("\\?", "c" + inputs.indexOf(input));
        }
        return "CAST(" + text + " AS VARCHAR)";
    }
}
