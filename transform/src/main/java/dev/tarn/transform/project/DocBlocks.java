package dev.tarn.transform.project;

import dev.tarn.core.config.Nearest;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.project.Manifest.DocBlock;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The `{% docs name %}` blocks of a project's Markdown files, and the descriptions that refer to them.
public final class DocBlocks {
    private static final Pattern BLOCK =
            Pattern.compile("\\{%-?\\s*docs\\s+(\\w+)\\s*-?%\\}(.*?)\\{%-?\\s*enddocs\\s*-?%\\}", Pattern.DOTALL);
    private static final Pattern USE =
            Pattern.compile("\\{\\{\\s*doc\\(\\s*['\"]([\\w.]+)['\"](?:\\s*,\\s*['\"](\\w+)['\"])?\\s*\\)\\s*\\}\\}");

    private final Map<String, DocBlock> blocks = new LinkedHashMap<>();

    /// Reads a Markdown file's blocks.
    ///
    /// @throws TarnException `CONFIG_INVALID` when a package has two of one name
    public void read(String packageName, Path file, String path, String text) {
        Matcher matcher = BLOCK.matcher(text);
        while (matcher.find()) {
            String name = matcher.group(1);
            String id = "doc." + packageName + "." + name;
            DocBlock block = new DocBlock(
                    id, packageName, name, file, path, matcher.group(2).strip());
            DocBlock other = blocks.putIfAbsent(id, block);
            if (other != null) {
                throw new TarnException(
                        ErrorCode.CONFIG_INVALID, path + ": the docs block '" + name + "' is also in " + other.path());
            }
        }
    }

    public Map<String, DocBlock> all() {
        return blocks;
    }

    /// A description with `{{ doc('…') }}` replaced by the block's text.
    ///
    /// @param place for errors
    public String rendered(String description, String packageName, String place) {
        if (!description.contains("{{")) {
            return description;
        }
        return USE.matcher(description)
                .replaceAll(use -> Matcher.quoteReplacement(
                        use.group(2) == null
                                ? block(packageName, use.group(1), place)
                                : block(use.group(1), use.group(2), place)));
    }

    private String block(String packageName, String name, String place) {
        DocBlock own = blocks.get("doc." + packageName + "." + name);
        if (own != null) {
            return own.text();
        }
        return blocks.values().stream()
                .filter(block -> block.name().equals(name))
                .findFirst()
                .map(DocBlock::text)
                .orElseThrow(() -> new TarnException(
                        ErrorCode.CONFIG_INVALID,
                        place + ": doc('" + name + "'): there is no docs block '" + name + "'"
                                + Nearest.of(
                                                name,
                                                blocks.values().stream()
                                                        .map(DocBlock::name)
                                                        .toList())
                                        .map(near -> "; did you mean '" + near + "'?")
                                        .orElse("")));
    }
}
