package dev.tarn.cli;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Projects that come with the command, to be copied into a folder.
final class Templates {
    private Templates() {}

    /// Writes the files of a template below a folder; none of them may exist.
    ///
    /// @param values what `@NAME@` in its text files stands for
    /// @throws TarnException `ALREADY_EXISTS`, `STORAGE_FAILED`
    static void copy(String template, Path folder, Map<String, String> values) {
        URL root = Templates.class.getResource("templates/" + template);
        if (root == null) {
            throw new IllegalStateException("the template " + template + " is not in the class path");
        }
        try {
            URI uri = root.toURI();
            if (!uri.getScheme().equals("jar")) {
                copy(Path.of(uri), folder, values);
                return;
            }
            try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
                copy(jar.getPath(uri.toString().substring(uri.toString().indexOf('!') + 1)), folder, values);
            }
        } catch (IOException e) {
            throw new TarnException(
                    ErrorCode.STORAGE_FAILED,
                    "cannot write to " + folder.toAbsolutePath() + ": "
                            + e.getClass().getSimpleName() + " " + e.getMessage()
                            + "; choose a folder that this user may write to",
                    e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void copy(Path from, Path to, Map<String, String> values) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(from)) {
            files = all.filter(Files::isRegularFile).sorted().toList();
        }
        for (Path file : files) {
            Path target = target(from, file, to);
            if (Files.exists(target)) {
                throw new TarnException(
                        ErrorCode.ALREADY_EXISTS, target.toAbsolutePath() + " exists; choose an empty folder");
            }
        }
        for (Path file : files) {
            Path target = target(from, file, to);
            Files.createDirectories(target.getParent());
            String text = Files.readString(file);
            for (Map.Entry<String, String> value : values.entrySet()) {
                text = text.replace("@" + value.getKey() + "@", value.getValue());
            }
            Files.writeString(target, text);
        }
    }

    /// Build tools treat a file called `.gitignore` as theirs, so a template's is called `gitignore`.
    private static Path target(Path from, Path file, Path to) {
        String name = from.relativize(file).toString();
        return to.resolve(name.equals("gitignore") ? ".gitignore" : name);
    }
}
