package dev.tarn.core.config;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// Reads one of the project's YAML files as a [Section], so that every later error can name file and line.
public final class YamlFile {
    private static final int MAX_CODE_POINTS = 16 << 20;

    private YamlFile() {}

    /// Reads a file whose top level is a mapping; an empty file is an empty section.
    ///
    /// @param values what `${…}` references stand for
    /// @throws TarnException `CONFIG_INVALID` with file and line when it is missing or is not YAML
    public static Section read(Path file, Interpolation values) {
        try (Reader reader = Files.newBufferedReader(file)) {
            Node root = new Compose(settings(file)).composeReader(reader).orElse(null);
            if (root == null) {
                return new Section(file, "", 1, List.of(), values);
            }
            if (!(root instanceof MappingNode mapping)) {
                throw invalid(file, line(root), "expected 'key: value' lines at the top level");
            }
            return section(file, "", mapping, values);
        } catch (NoSuchFileException e) {
            throw new TarnException(ErrorCode.CONFIG_INVALID, file + " does not exist", e);
        } catch (MarkedYamlEngineException e) {
            throw notYaml(file, e);
        } catch (YamlEngineException | IOException e) {
            throw new TarnException(ErrorCode.CONFIG_INVALID, file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /// The YAML files of a folder, by name; none when there is no folder.
    ///
    /// @throws TarnException `CONFIG_INVALID` when it cannot be read
    public static List<Path> in(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file ->
                            file.toString().endsWith(".yml") || file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new TarnException(ErrorCode.CONFIG_INVALID, folder + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /// A text of a file read as YAML; one that is empty is null. Its lines are those of the file, for which as many
    /// empty ones are put before it.
    static Node text(Path file, ScalarNode text) {
        int before = line(text) - (text.getScalarStyle() == ScalarStyle.LITERAL ? 0 : 1);
        try {
            return new Compose(settings(file))
                    .composeString("\n".repeat(before) + text.getValue())
                    .orElseGet(() -> nothing(text));
        } catch (MarkedYamlEngineException e) {
            throw notYaml(file, e);
        } catch (YamlEngineException e) {
            throw invalid(file, line(text), "cannot be read: " + e.getMessage());
        }
    }

    /// Null, at the place of another node.
    static Node nothing(ScalarNode at) {
        return new ScalarNode(Tag.NULL, true, "", ScalarStyle.PLAIN, at.getStartMark(), at.getEndMark());
    }

    private static LoadSettings settings(Path file) {
        return LoadSettings.builder()
                .setLabel(file.toString())
                .setAllowDuplicateKeys(false)
                .setMaxAliasesForCollections(100)
                .setCodePointLimit(MAX_CODE_POINTS)
                .build();
    }

    private static TarnException notYaml(Path file, MarkedYamlEngineException e) {
        int line = e.getProblemMark().map(Mark::getLine).orElse(0) + 1;
        return new TarnException(ErrorCode.CONFIG_INVALID, file + ":" + line + ": " + e.getProblem(), e);
    }

    static Section section(Path file, String path, MappingNode mapping, Interpolation values) {
        List<NodeTuple> entries = mapping.getValue();
        return new Section(file, path, line(mapping), entries, values);
    }

    static int line(Node node) {
        return node.getStartMark().map(Mark::getLine).orElse(0) + 1;
    }

    static TarnException invalid(Path file, int line, String message) {
        return new TarnException(ErrorCode.CONFIG_INVALID, file + ":" + line + ": " + message);
    }
}
