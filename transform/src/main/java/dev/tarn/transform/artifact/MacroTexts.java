package dev.tarn.transform.artifact;

import dev.tarn.transform.jinja.Macro;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/// A macro's own text, cut out of its file.
final class MacroTexts {
    private static final Pattern END =
            Pattern.compile("\\{%-?\\s*end(macro|test|data_test|materialization|snapshot|docs)\\b");

    private MacroTexts() {}

    /// Empty when the file is not there any more.
    static String of(Path folder, Macro macro) {
        try {
            List<String> lines = Files.readAllLines(folder.resolve(macro.template()));
            StringBuilder text = new StringBuilder();
            for (int i = Math.max(0, macro.line() - 1); i < lines.size(); i++) {
                text.append(lines.get(i)).append('\n');
                if (END.matcher(lines.get(i)).find()) {
                    break;
                }
            }
            return text.toString().strip();
        } catch (IOException e) {
            return "";
        }
    }
}
