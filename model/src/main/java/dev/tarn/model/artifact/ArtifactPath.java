package dev.tarn.model.artifact;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// A path below the folder of artifacts that cannot lead out of it: names joined by `/`, none of them
/// `.` or `..`, in any encoding. Made only by [#parse].
public final class ArtifactPath {
    private static final int MAX_LENGTH = 2000;
    private static final int MAX_DECODINGS = 5;
    private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:.*");

    private final List<String> names;

    private ArtifactPath(List<String> names) {
        this.names = List.copyOf(names);
    }

    /// Reads a path; empty is the folder itself.
    ///
    /// @throws TarnException `BAD_REQUEST` when it could lead elsewhere, now or after someone decodes it again
    public static ArtifactPath parse(String text) {
        if (text.length() > MAX_LENGTH) {
            throw invalid(text.substring(0, 100) + "…");
        }
        String decoded = text;
        for (int i = 0; ; i++) {
            check(text, decoded);
            String next = decode(decoded);
            if (next.equals(decoded)) {
                break;
            }
            if (i == MAX_DECODINGS) {
                throw invalid(text);
            }
            decoded = next;
        }
        List<String> names = new ArrayList<>();
        for (String name : text.split("/", -1)) {
            if (!name.isEmpty()) {
                names.add(name);
            }
        }
        return new ArtifactPath(names);
    }

    private static void check(String original, String text) {
        if (text.startsWith("/") || DRIVE.matcher(text).matches() || text.indexOf('\\') >= 0) {
            throw invalid(original);
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            // Full-width and other look-alikes of dots and slashes that some file systems fold.
            if (Character.isISOControl(c) || "\uFF0E\uFF0F\uFF3C\u2024\u2025\u2026\u2044\u2215\u29F8".indexOf(c) >= 0) {
                throw invalid(original);
            }
        }
        for (String name : text.split("/", -1)) {
            if (name.equals(".") || name.equals("..") || name.strip().equals("..")) {
                throw invalid(original);
            }
        }
    }

    private static String decode(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            // A lone percent sign is a character like any other.
            return text;
        }
    }

    /// This path with another below it.
    public ArtifactPath resolve(ArtifactPath below) {
        List<String> all = new ArrayList<>(names);
        all.addAll(below.names);
        return new ArtifactPath(all);
    }

    public List<String> names() {
        return names;
    }

    public boolean isEmpty() {
        return names.isEmpty();
    }

    /// The names joined by `/`.
    @Override
    public String toString() {
        return String.join("/", names);
    }

    private static TarnException invalid(String path) {
        return new TarnException(
                ErrorCode.BAD_REQUEST, "Invalid path: '" + path + "' is not below the artifacts' folder");
    }
}
