package dev.tarn.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.config.Interpolation;
import dev.tarn.ingest.generate.GeneratorSettings;
import dev.tarn.ingest.generate.Landing;
import dev.tarn.ingest.read.CsvDialect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourcesTest {
    @TempDir
    Path project;

    private List<Source> load(String yaml, Map<String, String> vars) throws IOException {
        Files.createDirectories(project.resolve("sources"));
        Files.writeString(project.resolve("sources/s.yml"), yaml);
        return Sources.load(project, new Interpolation(vars, Map.of()));
    }

    @Test
    void aTableWithAPathIsEnough() throws IOException {
        assertThat(load("tables:\n  payments:\n    path: data/*.csv\n", Map.of()))
                .containsExactly(
                        FileSource.of(TableIdentifier.of("bronze", "payments"), project.resolve("data/*.csv")));
    }

    @Test
    void everyKeyIsRead() throws IOException {
        List<Source> sources = load("""
                schema: raw
                generate:
                  generator: card-payments
                  into: ${var.data}
                  rows: 5000
                  seed: 7
                  fraud-share: 0.02
                tables:
                  labels:
                    path: [ "${var.data}/a.json", b.json ]
                    format: json
                    records: entries
                    json-path: $.target
                    columns: { "Key Id": "decimal(5,2)" }
                    max-rejects: 0.5
                    on-change: refuse
                    required: false
                    delimiter: \\t
                    quote: "'"
                    header: false
                    nulls: [NA]
                """, Map.of("data", "generated"));

        assertThat(sources)
                .containsExactly(new FileSource(
                        TableIdentifier.of("raw", "labels"),
                        List.of(project.resolve("generated/a.json"), project.resolve("b.json")),
                        Optional.of(FileFormat.JSON),
                        new CsvDialect(Optional.of('\t'), '\'', '\'', false, List.of("NA")),
                        Map.of("key_id", Types.DecimalType.of(5, 2)),
                        true,
                        List.of("target"),
                        0.5,
                        OnChange.REFUSE,
                        false,
                        Optional.of(new Landing(
                                "card-payments", project.resolve("generated"), new GeneratorSettings(5000, 7, 0.02)))));
    }

    @Test
    void aGeneratorDoesNotFillAFolderThatNobodyReads() throws IOException {
        String yaml = """
                generate: { generator: card-payments, into: generated }
                tables:
                  payments:
                    path: ${var.data}/*.csv
                """;
        assertThat(((FileSource) load(yaml, Map.of("data", "other")).getFirst()).landing())
                .isEmpty();
        assertThat(((FileSource) load(yaml, Map.of("data", "generated")).getFirst()).landing())
                .isPresent();
    }

    @Test
    void mistakesAreNamedWithTheirLine() {
        assertThatThrownBy(() -> load("tables:\n  a:\n    path: x\n    frmat: csv\n", Map.of()))
                .hasMessageContaining("s.yml:4")
                .hasMessageContaining("format");
        assertThatThrownBy(() -> load("tables:\n  a:\n    path: x\n    columns: {b: text}\n", Map.of()))
                .hasMessageContaining("s.yml:4")
                .hasMessageContaining("varchar");
        assertThatThrownBy(() -> load("tables:\n  a__b:\n    path: x\n", Map.of()))
                .hasMessageContaining("single underscores");
        assertThatThrownBy(() -> load("generate: {generator: card, into: x}\ntables: {}\n", Map.of()))
                .hasMessageContaining("card-payments");
    }
}
