package dev.tarn.interop.differential;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// Statements written by hand, in files: each ends with a semicolon at the end of a line; lines that start with
/// `--` are for people.
public final class Cases {
    private Cases() {}

    /// The statements of a resource.
    public static List<String> read(Class<?> beside, String resource) throws IOException {
        return split(text(beside, resource));
    }

    /// The lines of a resource that are neither empty nor start with `#`.
    public static List<String> lines(Class<?> beside, String resource) throws IOException {
        return text(beside, resource)
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
    }

    private static String text(Class<?> beside, String resource) throws IOException {
        try (InputStream in = beside.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("no resource " + resource + " beside " + beside);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /// The fixture's statements, which make the tables that cases and generated statements read.
    public static List<String> fixture() throws IOException {
        return read(Cases.class, "fixture.sql");
    }

    static List<String> split(String text) {
        return Arrays.stream(text.replaceAll("(?m)^--.*\n", "").split(";\\s*(?:\n|$)"))
                .map(String::strip)
                .filter(statement -> !statement.isEmpty())
                .toList();
    }
}
