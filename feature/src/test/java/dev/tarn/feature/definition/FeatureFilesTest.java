package dev.tarn.feature.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.feature.FeatureSelection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureFilesTest {
    private static final String GOOD = """
            entities:
              client:
                keys: {client: bigint}
            views:
              spending:
                entity: client
                from: silver.payments
                event-time: paid_at
                features:
                  payments: {count: "*", windows: [1d, 36h]}
                  spent: {sum: amount, windows: [7d]}
            services:
              check:
                features: [spending]
            """;

    @TempDir
    Path folder;

    @Test
    void readsAView() throws IOException {
        FeatureDefinitions read = read(GOOD);
        FeatureView view = read.view("spending");
        assertThat(view.features())
                .extracting(Feature::name)
                .containsExactly("payments_1d", "payments_36h", "spent_7d");
        assertThat(view.delay()).isEqualTo(Duration.ZERO);
        assertThat(view.keyColumns()).isEqualTo(Map.of("client", "client"));
        assertThat(read.choose(new FeatureSelection.Service("check"))).hasSize(3);
        assertThat(read.choose(new FeatureSelection.Names(List.of("spending:spent_7d", "spending"))))
                .hasSize(3);
        assertThat(read.store()).isEqualTo(StoreSetting.DEFAULT);
    }

    @Test
    void readsTheStore() throws IOException {
        assertThat(read(GOOD + "online-store: 256MB\n").store()).isEqualTo(new StoreSetting.Embedded(256L << 20));
        assertThat(read(GOOD + "online-store: redis://:secret@localhost:6379/2\n")
                        .store())
                .hasToString("Redis[localhost:6379]");
    }

    @Test
    void namesFileAndLineOfEveryMistake() {
        wrong(
                "event-time: paid_at",
                "event-time: x\n    ttll: 1d",
                "f.yml:9: unknown key 'views.spending.ttll'; did you mean 'ttl'?");
        wrong("event-time", "event-tme", "f.yml:6: 'views.spending.event-time' is missing");
        wrong("entity: client", "entity: clint", "f.yml:6: views.spending.entity: there is no entity 'clint'");
        wrong("[1d, 36h]", "[1d, soon]", "expected a duration such as 15m, 6h or 7d, not 'soon'");
        wrong("[1d, 36h]", "[1d, 24h]", "there are two features 'payments_1d'");
        wrong("[1d, 36h]", "[0d]", "a window must be longer than nothing");
        wrong(
                "sum: amount",
                "sum: amount, mean: amount",
                "f.yml:11: views.spending.features.spent: write exactly one of");
        wrong("sum: amount", "sum: \"*\"", "'*' can only be counted");
        wrong("sum: amount", "ratio: [payments, spnt]", "ratio: 'payments_7d' is no feature of this view");
        wrong(
                "features: [spending]",
                "features: [spendin]",
                "f.yml:14: there is no feature view or on-demand feature " + "'spendin'; did you mean 'spending'?");
        wrong("from: silver.payments", "from: a.b\n    sql: SELECT 1", "write either 'from' with a table or 'sql'");
        wrong("keys: {client: bigint}", "keys: {client: double}", "expected one of bigint, varchar, not 'double'");
        wrong("  spending:\n", "  Spending:\n", "'Spending' is no name");
        wrong("services:", "servces:", "unknown key 'servces'");
    }

    private void wrong(String good, String bad, String message) {
        assertThat(GOOD).contains(good);
        assertThatThrownBy(() -> read(GOOD.replace(good, bad))).hasMessageContaining(message);
    }

    private FeatureDefinitions read(String yaml) throws IOException {
        Files.writeString(folder.resolve("f.yml"), yaml);
        return FeatureFiles.read(folder, new Interpolation(Map.of(), Map.of()));
    }
}
