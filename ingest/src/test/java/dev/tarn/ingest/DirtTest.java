package dev.tarn.ingest;

import static dev.tarn.ingest.IngestFixture.bronze;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.ingest.read.CsvDialect;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Bad input: every line becomes a row or a reject, or the load fails and nothing is visible.
class DirtTest {
    @TempDir
    Path folder;

    private IngestFixture lake;

    @BeforeEach
    void open() {
        lake = new IngestFixture(folder.resolve("lake"));
    }

    @AfterEach
    void close() {
        lake.close();
    }

    private Path write(String name, String text) throws IOException {
        return write(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private static FileSource source(double maxRejects, Path... paths) {
        FileSource plain = FileSource.of(bronze("t"), paths);
        return new FileSource(
                plain.table(),
                plain.paths(),
                plain.format(),
                plain.csv(),
                plain.columns(),
                false,
                List.of(),
                maxRejects,
                OnChange.RELOAD,
                true,
                Optional.empty());
    }

    private List<String> rejects() throws Exception {
        return lake.query(bronze("t__rejects"), "SELECT line, text, reason FROM {t} ORDER BY source_file, line");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyLineIsARowOrAReject(long seed) throws Exception {
        Random random = new Random(seed);
        String lineEnd = random.nextBoolean() ? "\r\n" : "\n";
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(("id,name,amount" + lineEnd).getBytes(StandardCharsets.UTF_8));
        TreeSet<Long> ids = new TreeSet<>();
        TreeMap<Long, String> bad = new TreeMap<>();
        long line = 2;
        for (long id = 0; id < 60_000; id++) {
            int kind = random.nextInt(100);
            byte[] text;
            switch (kind) {
                case 0 -> {
                    text = (id + ",only two").getBytes(StandardCharsets.UTF_8);
                    bad.put(line, "2 fields instead of 3");
                }
                case 1 -> {
                    text = (id + ",a,1.5,more").getBytes(StandardCharsets.UTF_8);
                    bad.put(line, "4 fields instead of 3");
                }
                case 2 -> {
                    text = ("no" + id + ",a,1.5").getBytes(StandardCharsets.UTF_8);
                    bad.put(line, "id: 'no" + id + "' is not a value of type bigint");
                }
                case 3 -> {
                    text = (id + ",x?y,1.5").getBytes(StandardCharsets.UTF_8);
                    text[text.length - 6] = (byte) 0xff;
                    bad.put(line, "bytes that are not UTF-8");
                }
                case 4 -> {
                    text = (id + ",\"open,1.5").getBytes(StandardCharsets.UTF_8);
                    bad.put(line, "");
                }
                case 5 -> {
                    text = (id + ".5,a,1.5").getBytes(StandardCharsets.UTF_8);
                    bad.put(line, "id: '" + id + ".5' is not a value of type bigint");
                }
                case 6 -> {
                    text = (id + ",\"two" + lineEnd + "lines, \"\"quoted\"\"\",1e3").getBytes(StandardCharsets.UTF_8);
                    ids.add(id);
                }
                case 7 -> {
                    text = (id + ",O\"Neill é,").getBytes(StandardCharsets.UTF_8);
                    ids.add(id);
                }
                default -> {
                    text = (id + ",name " + id + "," + (id / 4.0)).getBytes(StandardCharsets.UTF_8);
                    ids.add(id);
                }
            }
            file.writeBytes(text);
            // An open quote must not be closed by the next one by chance: none follows here.
            boolean last = id == 59_999;
            file.writeBytes(last ? new byte[0] : lineEnd.getBytes(StandardCharsets.UTF_8));
            line += kind == 6 ? 2 : 1;
        }
        write("dirt.csv", file.toByteArray());

        // Given, for a type that is inferred holds whatever is in the sample.
        FileSource plain = source(0.2, folder.resolve("dirt.csv"));
        LoadResult result = lake.load(new FileSource(
                plain.table(),
                plain.paths(),
                plain.format(),
                plain.csv(),
                Map.of("id", Types.LongType.get(), "amount", Types.DoubleType.get()),
                false,
                List.of(),
                0.2,
                OnChange.RELOAD,
                true,
                Optional.empty()));

        // A quote left open may swallow the lines up to the next quote; they are read anew, so all are there.
        assertThat(lake.query(bronze("t"), "SELECT id FROM {t} ORDER BY id"))
                .isEqualTo(ids.stream().map(String::valueOf).toList());
        Map<Long, String> found = lake.query(bronze("t__rejects"), "SELECT line, reason FROM {t}").stream()
                .collect(Collectors.toMap(
                        row -> Long.valueOf(row.substring(0, row.indexOf('|'))),
                        row -> row.substring(row.indexOf('|') + 1)));
        assertThat(found.keySet()).isEqualTo(bad.keySet());
        bad.forEach((at, reason) -> assertThat(found.get(at)).contains(reason));
        assertThat(result.rows()).isEqualTo(ids.size());
        assertThat(result.rejects()).isEqualTo(bad.size());
    }

    @Test
    void columnsAreFoundByNameAndNewOnesAreAdded() throws Exception {
        write("1.csv", "\uFEFFid,Full Name\n1,a\n");
        write("2.csv", "full_name,id,extra\nb,2,2020-01-31\n");
        write("3.csv", "id,full name\n");
        write("4.csv", "");
        LoadResult result = lake.load(source(0, folder.resolve("*.csv")));

        assertThat(result).extracting(LoadResult::files, LoadResult::rows).containsExactly(4, 2L);
        assertThat(lake.query(bronze("t"), "SELECT id, full_name, extra, _source_line FROM {t} ORDER BY id"))
                .containsExactly("1|a|null|2", "2|b|2020-01-31|2");
        write("5.csv", "id,later\n3,true\n");
        assertThat(lake.load(source(0, folder.resolve("*.csv"))).rows()).isEqualTo(1);
        assertThat(lake.query(bronze("t"), "SELECT id, later, typeof(later) FROM {t} WHERE later"))
                .containsExactly("3|true|BOOLEAN");
    }

    @Test
    void jsonLinesThatAreNoneAreRejected() throws Exception {
        write(
                "a.ndjson",
                "{\"a\":1,\"b\":\"x\",\"n\":{\"k\":[1]}}\n\nnot json\n{\"a\":2,\"c/d\":1.5}\n[1]\n{\"a\":\"three\"}\n");
        LoadResult result = lake.load(source(0.9, folder.resolve("a.ndjson")));

        assertThat(result).extracting(LoadResult::rows, LoadResult::rejects).containsExactly(3L, 2L);
        assertThat(lake.query(bronze("t"), "SELECT a, b, n, c_d, _source_line FROM {t} ORDER BY _source_line"))
                .containsExactly("1|x|{\"k\":[1]}|null|1", "2|null|null|1.5|4", "three|null|null|null|6");
        assertThat(rejects()).containsExactly("3|not json|not a JSON object", "5|[1]|not a JSON object");
        write("b.ndjson", "{\"c/d\":\"word\",\"later\":true}\n{\"c/d\":2}\n");
        assertThat(lake.load(source(0.9, folder.resolve("*.ndjson"))))
                .extracting(LoadResult::rows, LoadResult::rejects)
                .containsExactly(1L, 1L);
        assertThat(rejects()).contains("1|{\"c/d\":\"word\",\"later\":true}|c_d: 'word' is not a value of type double");
    }

    @Test
    void aFileIsLoadedOnceAndAgainWhenItChanges() throws Exception {
        Path one = write("1.csv", "id\n1\n2\n");
        write("2.csv", "id\n3\n");
        FileSource source = source(0, folder.resolve("*.csv"));
        assertThat(lake.load(source).rows()).isEqualTo(3);
        assertThat(lake.load(source).files()).isZero();

        Files.writeString(one, "id\n10\n20\n30\n");
        assertThat(lake.load(source))
                .extracting(LoadResult::files, LoadResult::rows)
                .containsExactly(1, 3L);
        assertThat(lake.query(bronze("t"), "SELECT id FROM {t} ORDER BY id")).containsExactly("3", "10", "20", "30");
        assertThat(lake.load(source).files()).isZero();
    }

    @Test
    void whatIsNoFileOfItsFormatFailsTheLoad() throws Exception {
        write("good.csv", "id\n1\n");
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write("id\n".getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < 100_000; i++) {
                gzip.write((i + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        Path cut = write("zcut.csv.gz", Arrays.copyOf(packed.toByteArray(), packed.size() / 2));
        assertUnreadable("cut off", folder.resolve("good.csv"), cut);
        assertUnreadable("does not exist", folder.resolve("missing.csv"));
        assertUnreadable("No file matches", folder.resolve("missing*.csv"));
        assertUnreadable("cut off", write("x.parquet", "PAR1abcdefghijkl"));
        assertUnreadable("cut off", write("x.json", "[{\"a\":1},{\"a\":"));
        assertUnreadable("format", write("x.unknown", "a"));
        assertUnreadable("both", write("twice.csv", "A,a\n1,2\n"));
        assertThat(
                        lake.lake.main().tableExists(bronze("t"))
                                ? lake.query(bronze("t"), "SELECT count(*) FROM {t}")
                                : List.of("0"))
                .containsExactly("0");
    }

    private void assertUnreadable(String message, Path... paths) {
        assertThatThrownBy(() -> lake.load(source(0, paths)))
                .hasMessageContaining(message)
                .extracting(e -> ((TarnException) e).code())
                .isEqualTo(ErrorCode.SOURCE_UNREADABLE);
    }

    @Test
    void tooManyRejectsFailTheLoadWithExamples() throws Exception {
        Path file = write("a.csv", "id,b\n1,x\n2\n3,y\n");
        assertThatThrownBy(() -> lake.load(source(0.1, file)))
                .hasMessageContaining("1 of 3 records")
                .hasMessageContaining("a.csv:3: 1 fields instead of 2")
                .extracting(e -> ((TarnException) e).code())
                .isEqualTo(ErrorCode.TOO_MANY_REJECTS);
        assertThat(lake.query(bronze("t"), "SELECT count(*) FROM {t}")).containsExactly("0");
        assertThat(lake.load(source(0.5, file)).rows()).isEqualTo(2);
    }

    @Test
    void thousandsOfSmallFilesAreOneCommit() throws Exception {
        Path many = Files.createDirectories(folder.resolve("many"));
        for (int i = 0; i < 2_000; i++) {
            Files.writeString(many.resolve("f" + i + ".csv"), "id,v\n" + i + ",x\n");
        }
        LoadResult result = lake.load(source(0, many.resolve("*.csv")));
        assertThat(result).extracting(LoadResult::files, LoadResult::rows).containsExactly(2_000, 2_000L);
        assertThat(lake.lake.main().loadTable(bronze("t")).snapshots()).hasSize(1);
        assertThat(
                        lake.query(
                                bronze("t"),
                                "SELECT count(*) FILTER (_source_file LIKE '%/f' || id || '.csv'), count(DISTINCT id) FROM {t}"))
                .containsExactly("2000|2000");
    }

    @Test
    void aHeaderlessFileTakesItsNamesFromTheSource() throws Exception {
        Path file = write("a.csv", "1;NA;x\n2;3;\"y;z\"\n");
        lake.load(new FileSource(
                bronze("t"),
                List.of(file),
                Optional.empty(),
                new CsvDialect(Optional.empty(), '"', '"', false, List.of("NA")),
                Map.of(),
                false,
                List.of(),
                0,
                OnChange.RELOAD,
                true,
                Optional.empty()));
        assertThat(lake.query(bronze("t"), "SELECT column1, column2, column3 FROM {t} ORDER BY 1"))
                .containsExactly("1|null|x", "2|3|y;z");
    }
}
