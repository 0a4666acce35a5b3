package dev.tarn.govern.contract;

import dev.tarn.core.error.TarnException;
import java.math.BigDecimal;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.iceberg.catalog.TableIdentifier;

/// Counts rows whose key was seen before. Files that are known to hold no key twice are not counted again: the keys
/// of the others are looked for among them, in those whose range of keys they meet.
final class Uniqueness {
    /// A set of whole numbers is kept as one bit for each that could be, up to so many bits, and so many for a row.
    private static final long BITS_MAX = 1L << 29;

    private static final long BITS_PER_ROW = 64;

    private final Measuring measuring;
    private final KnownResults known;
    private final Contract.Table table;
    private final TableFiles all;

    Uniqueness(Measuring measuring, KnownResults known, Contract.Table table, TableFiles all) {
        this.measuring = measuring;
        this.known = known;
        this.table = table;
        this.all = all;
    }

    /// Rows beyond the first of each key.
    BigDecimal count(Measure.Duplicates measure) {
        String key = KnownResults.digest(table.name() + " unique " + measure.columns()
                + all.table().schema().asStruct());
        Set<String> unique = new LinkedHashSet<>(all.files().keySet());
        unique.retainAll(known.kept(key).map(KnownResults.Kept::files).orElse(Set.of()));
        Set<String> added = new LinkedHashSet<>(all.files().keySet());
        added.removeAll(unique);
        BigDecimal count = added.isEmpty() ? BigDecimal.ZERO : within(measure, added);
        Set<String> near = added.isEmpty() ? Set.of() : KeyRanges.overlapping(all, measure.columns(), unique, added);
        if (!near.isEmpty()) {
            count = count.add(among(measure, near, added));
        }
        if (count.signum() == 0 && !added.isEmpty()) {
            known.keep(key, new KnownResults.Kept(all.files().keySet(), Set.of()));
        }
        return count;
    }

    /// Rows repeated within some files.
    private BigDecimal within(Measure.Duplicates measure, Set<String> files) {
        String rows = "SELECT " + SqlNames.list(measure.columns()) + " FROM " + SqlNames.table(table.name());
        Optional<KeyRanges.Range> range = measure.columns().size() == 1
                ? KeyRanges.ofWholeNumbers(all, measure.columns().getFirst(), files)
                : Optional.empty();
        Optional<BigDecimal> dense =
                range.filter(found -> isDense(found, files)).flatMap(found -> bits(rows, found, files));
        if (dense.isPresent()) {
            return dense.get();
        }
        int columns = measure.columns().size();
        StringBuilder keys = new StringBuilder("c0");
        for (int i = 1; i < columns; i++) {
            keys.append(", c").append(i);
        }
        String whole = rows + " WHERE " + measure.present();
        return number(
                whole,
                files,
                from -> "SELECT CAST(coalesce(sum(n - 1), 0) AS VARCHAR) FROM (SELECT count(*) AS n FROM " + from
                        + " GROUP BY " + keys + ")");
    }

    private boolean isDense(KeyRanges.Range range, Set<String> files) {
        long rows = files.stream()
                .mapToLong(file ->
                        Objects.requireNonNull(all.files().get(file)).file().recordCount())
                .sum();
        BigDecimal size = BigDecimal.valueOf(range.high()).subtract(BigDecimal.valueOf(range.low()));
        return size.compareTo(BigDecimal.valueOf(Math.min(BITS_MAX, 1024 + rows * BITS_PER_ROW))) < 0;
    }

    /// By a bit for each number; nothing when the statistics were wrong about the range.
    private Optional<BigDecimal> bits(String rows, KeyRanges.Range range, Set<String> files) {
        try {
            return Optional.of(number(
                    rows,
                    files,
                    from -> "SELECT CAST(count(c0) - coalesce(bit_count(bitstring_agg(c0, " + range.low() + ", "
                            + range.high() + ")), 0) AS VARCHAR) FROM " + from));
        } catch (TarnException e) {
            return Optional.empty();
        }
    }

    /// Keys of the added files that others have.
    private BigDecimal among(Measure.Duplicates measure, Set<String> others, Set<String> added) {
        TableIdentifier stand = TableIdentifier.of(
                all.name().namespace(), "known rows of " + all.name().name());
        String equal = measure.columns().stream()
                .map(name -> "\"known key\"." + SqlNames.quoted(name) + " = \"added key\"." + SqlNames.quoted(name))
                .collect(Collectors.joining(" AND "));
        String sql = "SELECT count(*) FROM (SELECT DISTINCT " + SqlNames.list(measure.columns()) + " FROM "
                + SqlNames.table(table.name()) + " WHERE " + measure.present()
                + ") \"added key\" WHERE EXISTS (SELECT 1 FROM "
                + SqlNames.quoted(stand.namespace().toString()) + "." + SqlNames.quoted(stand.name())
                + " \"known key\" WHERE "
                + equal + ")";
        return Measuring.during(
                Map.of(all.name(), all.only(added), stand, all.only(others)),
                () -> Measuring.number(measuring.rows(sql).getFirst().getFirst())
                        .orElse(BigDecimal.ZERO));
    }

    private BigDecimal number(String rows, Set<String> files, UnaryOperator<String> statement) {
        return Measuring.during(Map.of(all.name(), all.only(files)), () -> {
            List<?> row = measuring
                    .aggregated(new Measuring.Aggregated(rows, 1, statement))
                    .getFirst();
            return Measuring.number(row.getFirst()).orElse(BigDecimal.ZERO);
        });
    }
}
