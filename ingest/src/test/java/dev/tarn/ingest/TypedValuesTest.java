package dev.tarn.ingest;

import static dev.tarn.ingest.IngestFixture.bronze;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.iceberg.types.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is read from text is what DuckDB makes of the same text, bit for bit.
class TypedValuesTest {
    private static final int ROWS = 150_000;

    @TempDir
    Path folder;

    /// A type with the name that DuckDB has for it, and a text that it holds.
    private enum Kind {
        INTEGER("integer"),
        BIGINT("bigint"),
        REAL("real"),
        DOUBLE("double"),
        BOOLEAN("boolean"),
        DATE("date"),
        TIME("time"),
        TIMESTAMP("timestamp"),
        TIMESTAMPTZ("timestamp with time zone"),
        UUID("uuid"),
        SHORT_DECIMAL("decimal(12,3)"),
        LONG_DECIMAL("decimal(38,10)");

        private final String type;

        Kind(String type) {
            this.type = type;
        }

        String text(Random random) {
            String sign = random.nextBoolean() ? "-" : "";
            return switch (this) {
                case INTEGER -> Integer.toString(random.nextInt(1_999_999_999) - 999_999_999);
                case BIGINT -> Long.toString(random.nextLong() % 1_000_000_000_000_000_000L);
                case REAL, DOUBLE ->
                    switch (random.nextInt(4)) {
                        case 0 -> sign + random.nextInt(100_000) + "." + random.nextInt(1_000);
                        case 1 -> sign + "." + random.nextInt(1, 1_000_000);
                        case 2 ->
                            sign + random.nextInt(10) + "." + random.nextLong(1_000_000_000_000_000L) + "e-"
                                    + random.nextInt(this == REAL ? 30 : 99);
                        default -> sign + random.nextLong(99_999_999_999_999_999L);
                    };
                case BOOLEAN -> List.of("true", "false", "TRUE", "False").get(random.nextInt(4));
                case DATE -> date(random);
                case TIME -> time(random);
                case TIMESTAMP -> date(random) + (random.nextBoolean() ? " " : "T") + time(random);
                case TIMESTAMPTZ ->
                    date(random) + " " + time(random)
                            + List.of("Z", "+01:00", "-05:30", "+11").get(random.nextInt(4));
                case UUID -> new java.util.UUID(random.nextLong(), random.nextLong()).toString();
                case SHORT_DECIMAL ->
                    sign + random.nextInt(999_999_999) + (random.nextBoolean() ? "" : "." + random.nextInt(1_000));
                case LONG_DECIMAL ->
                    sign + random.nextLong(Long.MAX_VALUE) + random.nextInt(10) + "." + random.nextLong(9_999_999_999L);
            };
        }

        private static String date(Random random) {
            return java.time.LocalDate.ofEpochDay(random.nextLong(-700_000, 2_900_000))
                    .toString();
        }

        private static String time(Random random) {
            String minutes = String.format("%02d:%02d", random.nextInt(24), random.nextInt(60));
            return switch (random.nextInt(3)) {
                case 0 -> minutes;
                case 1 -> minutes + String.format(":%02d", random.nextInt(60));
                default -> minutes + String.format(":%02d.%d", random.nextInt(60), random.nextInt(1_000_000));
            };
        }
    }

    @Test
    void everyTypeIsReadAsDuckDbReadsIt() throws Exception {
        Random random = new Random(11);
        StringBuilder file = new StringBuilder(ROWS * 400);
        List<String> header = new ArrayList<>();
        Map<String, Type> types = new LinkedHashMap<>();
        for (Kind kind : Kind.values()) {
            header.add(kind.name() + "," + kind.name() + "_TEXT");
            types.put(kind.name().toLowerCase(java.util.Locale.ROOT), TextTypes.parse(kind.type));
            types.put(kind.name().toLowerCase(java.util.Locale.ROOT) + "_text", TextTypes.parse("varchar"));
        }
        file.append(String.join(",", header)).append('\n');
        for (int row = 0; row < ROWS; row++) {
            List<String> fields = new ArrayList<>();
            for (Kind kind : Kind.values()) {
                String text = random.nextInt(50) == 0 ? "" : kind.text(random);
                // Quoted fields take the other way in; so do all of their record's.
                fields.add((row % 10 == 0 && !text.isEmpty() ? '"' + text + '"' : text) + "," + text);
            }
            file.append(String.join(",", fields)).append(row % 2 == 0 ? "\n" : "\r\n");
        }
        Path path = Files.writeString(folder.resolve("values.csv"), file);
        FileSource plain = FileSource.of(bronze("t"), path);
        try (IngestFixture lake = new IngestFixture(folder.resolve("lake"))) {
            LoadResult result = lake.load(new FileSource(
                    plain.table(),
                    plain.paths(),
                    plain.format(),
                    plain.csv(),
                    types,
                    false,
                    List.of(),
                    0,
                    OnChange.RELOAD,
                    true,
                    plain.landing()));
            assertThat(result.rows()).isEqualTo(ROWS);
            for (Kind kind : Kind.values()) {
                String bits = kind == Kind.DOUBLE || kind == Kind.REAL ? "CAST(%s AS VARCHAR)" : "%s";
                String cast = "CAST(" + kind + "_text AS " + kind.type + ")";
                assertThat(lake.query(
                                bronze("t"),
                                "SELECT count(*), count(" + kind + "), max(" + kind + "_text) FROM {t} WHERE "
                                        + bits.formatted(kind) + " IS DISTINCT FROM " + bits.formatted(cast)))
                        .as(kind.type)
                        .containsExactly("0|0|null");
                assertThat(lake.query(bronze("t"), "SELECT count(" + kind + ") BETWEEN 140000 AND 149000 FROM {t}"))
                        .containsExactly("true");
            }
        }
    }
}
