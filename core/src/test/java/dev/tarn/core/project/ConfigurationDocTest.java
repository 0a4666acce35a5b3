package dev.tarn.core.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The reference shows every key, and no key that there is not.
final class ConfigurationDocTest {
    private static final Path DOC = Path.of("../docs/reference/configuration.md");

    @TempDir
    Path folder;

    @Test
    void theExampleInTheReferenceIsRead() throws IOException {
        Files.writeString(folder.resolve("tarn.yml"), example());
        Project project = Project.load(
                folder, Map.of(), Map.of("DB_PASSWORD", "x", "ADA_TOKEN_SHA256", "0123456789abcdef".repeat(4)));

        assertThat(project.name()).isEqualTo("my-lakehouse");
        assertThat(project.server().port()).isEqualTo(ServerSetting.DEFAULT_PORT);
        assertThat(project.server().tokens()).hasSize(1);
        Limits limits = Limits.defaults();
        assertThat(project.limits().queryTime()).isEqualTo(limits.queryTime());
        assertThat(project.limits().resultRows()).isEqualTo(limits.resultRows());
        assertThat(project.limits().queries()).isEqualTo(limits.queries());
        assertThat(project.limits().bodyBytes()).isEqualTo(limits.bodyBytes());
        assertThat(project.limits().uploadBytes()).isEqualTo(limits.uploadBytes());
        assertThat(project.spooling()).isEqualTo(SpoolingSetting.defaults());
    }

    @Test
    void everySettingStandsInTheReference() throws IOException {
        String example = example();
        Set<String> missing = new TreeSet<>();
        Stream.of(
                        Project.class,
                        ServerSetting.class,
                        ServerSetting.Token.class,
                        Limits.class,
                        SpoolingSetting.class,
                        MaintenanceSetting.class)
                .flatMap(type -> Arrays.stream(type.getRecordComponents()))
                .map(component -> key(component.getName()))
                .filter(key -> !key.equals("folder"))
                .filter(key -> !Pattern.compile("(?m)^[ -]*" + key + ":")
                        .matcher(example)
                        .find())
                .forEach(missing::add);
        assertThat(missing).isEmpty();
    }

    /// `queryTime` is written `query-time`, and what is counted in bytes is a size.
    private static String key(String component) {
        return switch (component) {
            case "memoryBytes" -> "memory";
            case "hotBytes" -> "hot-columns";
            case "smallBytes" -> "small-size";
            case "sizeBytes" -> "size";
            case "bodyBytes" -> "body-size";
            case "uploadBytes" -> "upload-size";
            default -> component.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        };
    }

    private static String example() throws IOException {
        Matcher block = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(DOC));
        assertThat(block.find()).isTrue();
        return block.group(1);
    }
}
