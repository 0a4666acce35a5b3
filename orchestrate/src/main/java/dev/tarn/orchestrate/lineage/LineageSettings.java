package dev.tarn.orchestrate.lineage;

import dev.tarn.core.config.Section;
import dev.tarn.core.error.TarnException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/// Who is told what runs read and made: `lineage` of `runs.yml`.
///
/// @param namespace of jobs and tables in events; empty for the project's name
/// @param file takes each event as a line of JSON
/// @param url an OpenLineage server, such as Marquez, without its path
/// @param token a bearer token for it; empty for none
public record LineageSettings(String namespace, Optional<Path> file, Optional<URI> url, String token) {
    /// Nobody is told.
    public static final LineageSettings NONE = new LineageSettings("", Optional.empty(), Optional.empty(), "");

    /// @throws TarnException `CONFIG_INVALID` with file and line
    public static LineageSettings read(Section section) {
        LineageSettings settings = new LineageSettings(
                section.string("namespace", ""),
                section.optionalPath("file"),
                section.optionalString("url").map(text -> uri(section, text)),
                section.string("token", ""));
        section.end();
        if (!settings.isOn()) {
            throw section.error("expected where events go: file or url");
        }
        return settings;
    }

    private static URI uri(Section section, String text) {
        try {
            if (text.matches("https?://.+")) {
                return URI.create(text.replaceAll("/+$", "") + "/");
            }
        } catch (IllegalArgumentException e) {
            throw section.error("url", "this is no address: " + e.getMessage());
        }
        throw section.error("url", "expected an address that starts with https:// or http://");
    }

    /// Whether anybody is told.
    public boolean isOn() {
        return file.isPresent() || url.isPresent();
    }
}
