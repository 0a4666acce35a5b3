package dev.tarn.core.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ErrorReferenceTest {
    @Test
    void everyCodeHasItsRowWithItsBlame() throws IOException {
        String page = Files.readString(Path.of("../docs/reference/errors.md"));
        List<String> documented = Pattern.compile("^\\| `([A-Z_]+)` \\| ([A-Z]+) \\|", Pattern.MULTILINE)
                .matcher(page)
                .results()
                .map(ErrorReferenceTest::row)
                .toList();
        List<String> codes = Arrays.stream(ErrorCode.values())
                .map(code -> code + " " + code.blame())
                .toList();
        assertThat(documented).containsExactlyInAnyOrderElementsOf(codes);
    }

    private static String row(MatchResult match) {
        return match.group(1) + " " + match.group(2);
    }
}
