package dev.tarn.feature;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// Random events that meet on purpose: few keys, times on a coarse grid so that many are equal and many stand
/// exactly on a window's edge, rows that come late, nulls everywhere, ids that repeat.
public final class Events {
    public static final long HOUR = 3_600_000_000L;
    /// The first event's time: shortly before clocks change in many zones.
    public static final long START = 1_521_936_000_000_000L;

    private Events() {}

    public static List<Reference.Row> random(Random random, int rows, int keys, long span) {
        List<Reference.Row> made = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            Long time = maybe(random, 50, START + random.nextLong(span / HOUR) * HOUR);
            Long created = time == null || random.nextInt(3) > 0
                    ? time
                    : maybe(random, 10, time + random.nextLong(90) * HOUR - 5 * HOUR);
            made.add(new Reference.Row(
                    maybe(random, 40, (long) random.nextInt(keys)),
                    time,
                    created,
                    maybe(random, 5, "id" + random.nextInt(Math.max(1, rows / 2))),
                    maybe(random, 10, amount(random)),
                    maybe(random, 10, random.nextLong(1_000_000) - 500_000),
                    maybe(random, 10, BigDecimal.valueOf(random.nextLong(100_000), 2)),
                    maybe(random, 10, "w" + random.nextInt(6))));
        }
        return made;
    }

    private static double amount(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(10_000) / 100.0;
            case 1 -> random.nextGaussian() * 1e9;
            case 2 -> random.nextGaussian() * 1e-9;
            default -> random.nextDouble();
        };
    }

    private static <T> @Nullable T maybe(Random random, int oneIn, T value) {
        return random.nextInt(oneIn) == 0 ? null : value;
    }

    /// Puts the rows into the table `events`.
    public static void load(DuckRelations relations, List<Reference.Row> rows) {
        relations.run("CREATE TABLE events (client BIGINT, happened TIMESTAMP, seen TIMESTAMP, id VARCHAR, "
                + "amount DOUBLE, n BIGINT, price DECIMAL(12,2), word VARCHAR, snap BIGINT DEFAULT 1)");
        insert(relations, rows);
    }

    /// Adds rows to the table, in the current snapshot.
    public static void insert(DuckRelations relations, List<Reference.Row> rows) {
        for (int from = 0; from < rows.size(); from += 1_000) {
            StringBuilder sql =
                    new StringBuilder("INSERT INTO events(client, happened, seen, id, amount, n, price, word) VALUES ");
            String separator = "";
            for (Reference.Row row : rows.subList(from, Math.min(rows.size(), from + 1_000))) {
                sql.append(separator)
                        .append('(')
                        .append(row.key())
                        .append(", make_timestamp(")
                        .append(row.time())
                        .append("), make_timestamp(")
                        .append(row.created())
                        .append("), ")
                        .append(text(row.id()))
                        .append(", ")
                        .append(row.amount() == null ? "NULL" : "CAST('" + row.amount() + "' AS DOUBLE)")
                        .append(", ")
                        .append(row.count())
                        .append(", ")
                        .append(row.price())
                        .append(", ")
                        .append(text(row.word()))
                        .append(')');
                separator = ", ";
            }
            relations.run(sql.toString());
        }
    }

    private static String text(@Nullable String value) {
        return value == null ? "NULL" : "'" + value + "'";
    }
}
