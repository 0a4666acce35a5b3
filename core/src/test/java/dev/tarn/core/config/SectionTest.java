package dev.tarn.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SectionTest {
    @TempDir
    Path folder;

    @Test
    void readsEachTypeOfValue() throws IOException {
        Section section = yaml("""
                name: shop
                port: 7700
                memory: 2GB
                timeout: 15m
                on: yes
                tags: [a, b]
                nested:
                  key: ${var.greeting} world
                """);
        assertThat(section.string("name")).isEqualTo("shop");
        assertThat(section.integer("port", 1, 1, 65535)).isEqualTo(7700);
        assertThat(section.optionalBytes("memory")).contains(2L << 30);
        assertThat(section.optionalDuration("timeout")).contains(Duration.ofMinutes(15));
        assertThat(section.bool("on", false)).isTrue();
        assertThat(section.strings("tags")).isEqualTo(List.of("a", "b"));
        assertThat(section.section("nested").string("key")).isEqualTo("hello world");
        section.end();
    }

    @Test
    void refusesAnUnknownKeyWithFileLineAndTheNearestName() throws IOException {
        Section section = yaml("name: shop\nwarehose: x\n");
        section.string("name");
        section.optionalString("warehouse");
        assertThatThrownBy(section::end)
                .hasMessageEndingWith("tarn.yml:2: unknown key 'warehose'; did you mean 'warehouse'?");
    }

    @Test
    void refusesAKeyWrittenTwice() {
        assertThatThrownBy(() -> yaml("a: 1\na: 2\n")).hasMessageContaining("tarn.yml:2");
    }

    @Test
    void namesTheLineOfAWrongValue() throws IOException {
        Section section = yaml("a: 1\nport: many\n");
        assertThatThrownBy(() -> section.integer("port", 1, 1, 9))
                .hasMessageEndingWith("tarn.yml:2: port: expected a whole number, not 'many'");
    }

    @Test
    void saysWhichVariableHasNoValue() throws IOException {
        Section section = yaml("path: ${var.data}/x\n");
        assertThatThrownBy(() -> section.string("path"))
                .hasMessageContaining("tarn.yml:1: path: the variable 'data' has no value");
    }

    private Section yaml(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("tarn.yml"), text);
        return YamlFile.read(file, new Interpolation(Map.of("greeting", "hello"), Map.of()));
    }
}
