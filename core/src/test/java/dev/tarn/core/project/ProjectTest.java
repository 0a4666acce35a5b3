package dev.tarn.core.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProjectTest {
    private static final String HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    @TempDir
    Path folder;

    @Test
    void anEmptyFileIsAProjectWithDefaults() throws IOException {
        Project project = load("", Map.of());

        assertThat(project.name()).isEqualTo(folder.getFileName().toString());
        assertThat(project.warehouse()).isEqualTo(folder.resolve(".tarn/warehouse"));
        assertThat(project.database()).isEqualTo(new DatabaseSetting.Sqlite(folder.resolve(".tarn/tarn.db")));
        assertThat(project.server()).isEqualTo(new ServerSetting("127.0.0.1", 7700, Optional.empty(), List.of()));
        assertThat(project.limits()).isEqualTo(Limits.defaults());
        assertThat(project.vars()).isEmpty();
    }

    @Test
    void everyKeyIsRead() throws IOException {
        Project project = load("""
                name: cards
                warehouse: data/${var.place}
                database: postgresql://tarn:${env.DB_PASSWORD}@db/tarn
                server:
                  host: 0.0.0.0
                  port: 8080
                  public-url: https://lake.example.org/
                  tokens:
                    - user: ada
                      sha256: ${env.ADA}
                limits:
                  memory: 2GB
                  threads: 3
                  query-time: 5m
                  result-rows: 1000
                  queries: 4
                  body-size: 1MB
                  upload-size: 1GB
                  hot-columns: 64MB
                spooling:
                  encodings: [json+lz4, json]
                  size: 2GB
                  keep: 10m
                vars:
                  place: here
                  kept: "1"
                """, Map.of("place", "there"));

        assertThat(project.name()).isEqualTo("cards");
        assertThat(project.warehouse()).isEqualTo(folder.resolve("data/there"));
        assertThat(project.database()).isEqualTo(new DatabaseSetting.PostgreSql("postgresql://tarn:s3cret@db/tarn"));
        assertThat(project.database().toString()).doesNotContain("s3cret").contains("db/tarn");
        assertThat(project.server())
                .isEqualTo(new ServerSetting(
                        "0.0.0.0",
                        8080,
                        Optional.of("https://lake.example.org"),
                        List.of(new ServerSetting.Token("ada", HASH))));
        assertThat(project.limits())
                .isEqualTo(new Limits(2L << 30, 3, Duration.ofMinutes(5), 1000, 4, 1 << 20, 1 << 30, 64 << 20));
        assertThat(project.spooling())
                .isEqualTo(new SpoolingSetting(
                        List.of(ResultEncoding.JSON_LZ4, ResultEncoding.JSON), 2L << 30, Duration.ofMinutes(10)));
        assertThat(project.vars()).containsExactlyInAnyOrderEntriesOf(Map.of("place", "there", "kept", "1"));
    }

    @Test
    void anUnknownKeyNamesFileLineAndTheNearestKnownOne() {
        assertInvalid("name: x\nwarehose: y\n", folder.resolve("tarn.yml") + ":2: unknown key 'warehose'");
        assertInvalid("server:\n  prot: 1\n", "tarn.yml:2: unknown key 'server.prot'; did you mean 'port'?");
        assertInvalid("limits:\n  rows: 1\n", "tarn.yml:2: unknown key 'limits.rows'");
    }

    @Test
    void wrongValuesNameFileLineAndWhatWasExpected() {
        assertInvalid("name: 1st\n", "tarn.yml:1: name: expected letters");
        assertInvalid("server:\n  port: 70000\n", "tarn.yml:2: server.port: expected a whole number from 0 to 65535");
        assertInvalid("database: mysql://x\n", "tarn.yml:1: database: expected a file, or postgresql://");
        assertInvalid(
                "spooling:\n  encodings: [arrow]\n",
                "spooling.encodings: expected json, json+zstd and json+lz4, not 'arrow'");
        assertInvalid("spooling:\n  keep: 0s\n", "spooling.keep: expected more than zero");
        assertInvalid("limits:\n  memory: lots\n", "limits.memory: expected a size such as 512MB");
        assertInvalid("limits:\n  memory: 1MB\n", "limits.memory: expected at least 67108864, not 1048576");
        assertInvalid("limits:\n  query-time: 0s\n", "limits.query-time: expected more than zero");
        assertInvalid("server:\n  public-url: lake.example.org\n", "server.public-url: expected http(s)://host");
        assertInvalid(
                "server:\n  tokens:\n    - user: ada\n      sha256: plain\n", "expected the SHA-256 of the token");
        assertInvalid("warehouse: ${env.NOT_SET}\n", "the environment variable NOT_SET is not set");
    }

    @Test
    void aFolderWithoutAProjectSaysHowToGetOne() {
        assertThatThrownBy(() -> Project.load(folder, Map.of()))
                .isInstanceOfSatisfying(
                        TarnException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.PROJECT_NOT_FOUND))
                .hasMessageContaining("there is no tarn.yml in " + folder)
                .hasMessageContaining("tarn init");
        assertThatThrownBy(() -> Project.load(folder.resolve("absent"), Map.of()))
                .hasMessageContaining("there is no folder " + folder.resolve("absent"));
    }

    @Test
    void stateIsKeptOutOfGit() throws IOException {
        Project project = load("", Map.of()).createState();

        assertThat(project.tmp()).isDirectory();
        assertThat(project.logs()).isDirectory();
        assertThat(project.state().resolve(".gitignore")).hasContent("*");
    }

    private Project load(String yaml, Map<String, String> vars) throws IOException {
        Files.writeString(folder.resolve("tarn.yml"), yaml);
        return Project.load(folder, vars, Map.of("DB_PASSWORD", "s3cret", "ADA", HASH));
    }

    private void assertInvalid(String yaml, String message) {
        assertThatThrownBy(() -> load(yaml, Map.of()))
                .isInstanceOfSatisfying(
                        TarnException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIG_INVALID))
                .hasMessageContaining(message);
    }
}
