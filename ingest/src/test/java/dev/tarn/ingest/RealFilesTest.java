package dev.tarn.ingest;

import static dev.tarn.ingest.IngestFixture.bronze;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.ingest.read.CsvDialect;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.catalog.TableIdentifier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files that nobody here wrote.
class RealFilesTest {
    @TempDir
    Path folder;

    private IngestFixture lake;

    @BeforeEach
    void open() {
        lake = new IngestFixture(folder);
    }

    @AfterEach
    void close() {
        lake.close();
    }

    @Test
    void cardTransactionsLoadWhole() throws Exception {
        Path data = TestData.folder("card-transactions");
        TableIdentifier transactions = bronze("transactions");

        LoadResult result = lake.load(FileSource.of(transactions, data.resolve("transactions_2010-*.csv")));

        assertThat(result.files()).isEqualTo(12);
        assertThat(result.rows()).isEqualTo(33_483);
        assertThat(result.rejects()).isZero();
        assertThat(lake.query(
                        transactions,
                        "SELECT count(*), count(DISTINCT id), max(_source_line), typeof(any_value(amount)),"
                                + " typeof(any_value(zip)), typeof(any_value(date)), min(amount) FROM {t}"))
                .containsExactly("33483|33483|3984|VARCHAR|VARCHAR|TIMESTAMP|$-100.00");
        assertThat(lake.load(FileSource.of(transactions, data.resolve("transactions_2010-*.csv")))
                        .files())
                .isZero();
    }

    @Test
    void keyedJsonBecomesRows() throws Exception {
        Path data = TestData.folder("card-transactions");
        LoadResult labels = lake.load(entries("labels", List.of("target"), data.resolve("train_fraud_labels.json")));
        LoadResult codes = lake.load(entries("mcc_codes", List.of(), data.resolve("mcc_codes.json")));

        assertThat(labels.rows()).isEqualTo(32_520);
        assertThat(codes.rows()).isEqualTo(109);
        assertThat(lake.query(bronze("labels"), "SELECT value, count(*) FROM {t} GROUP BY 1 ORDER BY 1"))
                .containsExactly("No|29947", "Yes|2573");
        assertThat(lake.query(bronze("mcc_codes"), "SELECT value FROM {t} WHERE key = '7995'"))
                .containsExactly("Betting (including Lottery Tickets, Casinos)");
    }

    private static FileSource entries(String table, List<String> path, Path file) {
        return new FileSource(
                bronze(table),
                List.of(file),
                Optional.empty(),
                CsvDialect.STANDARD,
                Map.of(),
                true,
                path,
                FileSource.MAX_REJECTS,
                OnChange.RELOAD,
                true,
                Optional.empty());
    }

    @Test
    void packedFilesWithADriftingSchemaLoadWhole() throws Exception {
        Path data = TestData.folder("nyc-taxi");
        LoadResult result = lake.load(FileSource.of(bronze("taxi"), data.resolve("*.csv.gz")));

        assertThat(result.files()).isEqualTo(36);
        assertThat(result.rows() + result.rejects()).isEqualTo(360_000);
        assertThat(result.rejects()).isZero();
    }

    @Test
    void nestedJsonKeepsWhatIsNestedAsJson() throws Exception {
        Path data = TestData.folder("github-webhooks");
        LoadResult result = lake.load(FileSource.of(bronze("events"), data.resolve("events.json")));

        assertThat(result.rows()).isEqualTo(58);
        assertThat(lake.query(bronze("events"), "SELECT sum(json_array_length(examples)), max(name) FROM {t}"))
                .containsExactly("329|workflow_run");
    }

    @Test
    void parquetKeepsItsTypes() throws Exception {
        Path data = TestData.folder("handbook-transactions.parquet");
        LoadResult result = lake.load(FileSource.of(bronze("handbook"), data));

        assertThat(result.rows()).isEqualTo(1_754_155);
        assertThat(lake.query(bronze("handbook"), "SELECT max(_source_line), count(DISTINCT _source_line) FROM {t}"))
                .containsExactly("1754155|1754155");
    }
}
