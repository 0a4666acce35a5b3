package dev.tarn.core.project;

import dev.tarn.core.config.Section;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/// How the server listens and who may come in: the key `server` of `tarn.yml`.
///
/// @param host the address to listen on; anything but loopback needs at least one token
/// @param port 1 to 65535, or 0 for any free port
/// @param flightPort where Arrow Flight SQL listens on the same address, 0 for any free port; empty when it does not
/// @param publicUrl what clients see when a proxy stands before the server, such as `https://lake.example.org`
/// @param tokens the bearer tokens that prove an identity; with none, a request on loopback is whoever it says
public record ServerSetting(
        String host, int port, OptionalInt flightPort, Optional<String> publicUrl, List<Token> tokens) {
    public static final int DEFAULT_PORT = 7700;

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /// A bearer token, known only by its hash.
    ///
    /// @param user the identity it proves
    /// @param sha256 the SHA-256 of the token, 64 lower-case hexadecimal digits
    public record Token(String user, String sha256) {}

    public ServerSetting {
        tokens = List.copyOf(tokens);
    }

    /// Without Arrow Flight SQL.
    public ServerSetting(String host, int port, Optional<String> publicUrl, List<Token> tokens) {
        this(host, port, OptionalInt.empty(), publicUrl, tokens);
    }

    ServerSetting withPort(int otherPort) {
        return new ServerSetting(host, otherPort, flightPort, publicUrl, tokens);
    }

    static ServerSetting read(Section project) {
        Section section = project.optionalSection("server").orElse(null);
        if (section == null) {
            return new ServerSetting("127.0.0.1", DEFAULT_PORT, Optional.empty(), List.of());
        }
        ServerSetting setting = new ServerSetting(
                section.string("host", "127.0.0.1"),
                section.integer("port", DEFAULT_PORT, 0, 65535),
                section.has("flight-port")
                        ? OptionalInt.of(section.integer("flight-port", 0, 0, 65535))
                        : OptionalInt.empty(),
                section.optionalString("public-url").map(url -> publicUrl(section, url)),
                section.sections("tokens").stream().map(ServerSetting::token).toList());
        section.end();
        return setting;
    }

    private static String publicUrl(Section section, String url) {
        if (!url.matches("https?://[^/?#]+/?")) {
            throw section.error("public-url", "expected http(s)://host[:port] without a path, not '" + url + "'");
        }
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }

    private static Token token(Section section) {
        String user = section.string("user");
        String hash = section.string("sha256").toLowerCase(Locale.ROOT);
        if (user.isBlank()) {
            throw section.error("user", "expected a name");
        }
        if (!SHA256.matcher(hash).matches()) {
            throw section.error(
                    "sha256",
                    "expected the SHA-256 of the token as 64 hexadecimal digits, as printed by "
                            + "\"printf %s \\\"$TOKEN\\\" | sha256sum\"");
        }
        section.end();
        return new Token(user, hash);
    }
}
