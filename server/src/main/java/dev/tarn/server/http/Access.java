package dev.tarn.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tarn.core.digest.Sha256;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.ServerSetting;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Decides who a request comes from, and whether a browser was tricked into sending it.
///
/// Without tokens the server listens on loopback only, and a client is whoever it says it is. With tokens
/// every request but those for health and for segments of answers needs one, because a proxy on the same machine makes
/// strangers look local.
public final class Access {
    private static final Set<String> PUBLIC_PATHS = Set.of("/health", "/v1/info", "/v1/info/state");
    // Trino's clients fetch segments without their credentials; the id in the path is the proof.
    private static final String SEGMENTS = "/v1/spooled/";
    private static final Pattern LOOPBACK = Pattern.compile("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");

    private final ServerSetting setting;
    private final boolean loopback;
    private final Map<String, String> usersByHash;

    /// What a request says about where it comes from.
    ///
    /// @param host the `Host` header
    /// @param origin the `Origin` header
    /// @param authorization the `Authorization` header
    /// @param saidUser the `X-Trino-User` header
    public record Claim(
            String method,
            String path,
            @Nullable String host,
            @Nullable String origin,
            @Nullable String authorization,
            @Nullable String saidUser,
            @Nullable String userAgent) {}

    /// @param localToken a token of this run of the server, known to this machine's user by a file only they can
    ///     read; and that user's name
    /// @throws TarnException `CONFIG_INVALID` when the server would listen to strangers without tokens
    public Access(ServerSetting setting, Map<String, String> localToken) {
        this.setting = setting;
        this.loopback = isLoopback(setting.host());
        if (!loopback && setting.tokens().isEmpty()) {
            throw new TarnException(
                    ErrorCode.CONFIG_INVALID,
                    "server.host is " + setting.host()
                            + ", which others can reach, but no server.tokens are set: add one to tarn.yml, or "
                            + "listen on 127.0.0.1");
        }
        this.usersByHash = setting.tokens().stream()
                .collect(Collectors.toMap(ServerSetting.Token::sha256, ServerSetting.Token::user, (a, b) -> a));
        localToken.forEach((token, user) -> usersByHash.put(Sha256.hex(token), user));
    }

    /// Who makes the request.
    ///
    /// @throws TarnException `FORBIDDEN` when a browser was tricked, `UNAUTHENTICATED` when a token is needed
    public Identity identify(Claim claim) {
        checkHost(claim);
        checkOrigin(claim);
        String client = claim.userAgent() == null ? "http" : claim.userAgent();
        if (setting.tokens().isEmpty()) {
            String said = blankToNull(claim.saidUser());
            String user = said != null ? said : basic(claim).map(Basic::user).orElse(Identity.ANONYMOUS);
            return new Identity(user, client, false);
        }
        boolean unsaid = claim.authorization() == null && blankToNull(claim.saidUser()) == null;
        if (PUBLIC_PATHS.contains(claim.path()) || (unsaid && claim.path().startsWith(SEGMENTS))) {
            return new Identity(Identity.ANONYMOUS, client, false);
        }
        String user = token(claim)
                .map(token -> usersByHash.get(Sha256.hex(token)))
                .orElseThrow(() -> new TarnException(
                        ErrorCode.UNAUTHENTICATED,
                        "this server needs a token: send 'Authorization: Bearer <token>', or the token as the "
                                + "password of your user"));
        String said = blankToNull(claim.saidUser());
        if (said != null && !said.equals(user)) {
            throw new TarnException(
                    ErrorCode.FORBIDDEN, "the token belongs to '" + user + "', who cannot act as '" + said + "'");
        }
        return new Identity(user, client, true);
    }

    /// Who calls over Arrow Flight: what no browser can speak, so that none can be tricked into it.
    ///
    /// @throws TarnException `UNAUTHENTICATED` when a token is needed, `FORBIDDEN` when it is another user's
    public Identity identifyFlight(
            @Nullable String authorization, @Nullable String saidUser, @Nullable String program) {
        return identify(new Claim("POST", "/flight", null, null, authorization, saidUser, program));
    }

    /// A page of another site that has its name resolve to this machine would send that name.
    private void checkHost(Claim claim) {
        if (!loopback) {
            return;
        }
        String name = hostName(claim.host());
        if (name == null
                || isLocalName(name)
                || publicHost().filter(name::equals).isPresent()) {
            return;
        }
        throw new TarnException(
                ErrorCode.FORBIDDEN,
                "the request was sent to '" + name + "', but this server listens only as localhost; behind a proxy, "
                        + "set server.public-url in tarn.yml");
    }

    /// A page of another site can make a browser send a request, but cannot hide where it comes from.
    private void checkOrigin(Claim claim) {
        String origin = claim.origin();
        if (origin == null || READING.contains(claim.method())) {
            return;
        }
        String own = claim.host() == null ? "" : claim.host().toLowerCase(Locale.ROOT);
        String from = origin.toLowerCase(Locale.ROOT);
        if (from.equals("http://" + own)
                || from.equals("https://" + own)
                || setting.publicUrl().filter(from::equalsIgnoreCase).isPresent()) {
            return;
        }
        throw new TarnException(
                ErrorCode.FORBIDDEN, "a page from '" + origin + "' may not change anything on this server");
    }

    private Optional<String> publicHost() {
        return setting.publicUrl().map(url -> URI.create(url).getHost().toLowerCase(Locale.ROOT));
    }

    private static @Nullable String hostName(@Nullable String host) {
        if (host == null || host.isBlank()) {
            return null;
        }
        int port = host.lastIndexOf(':');
        boolean literal = host.startsWith("[");
        String name = port > (literal ? host.indexOf(']') : 0) ? host.substring(0, port) : host;
        return name.toLowerCase(Locale.ROOT);
    }

    private static boolean isLocalName(String name) {
        return name.equals("localhost")
                || name.endsWith(".localhost")
                || name.equals("[::1]")
                || LOOPBACK.matcher(name).matches();
    }

    /// Whether an address reaches this machine only.
    public static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new TarnException(
                    ErrorCode.CONFIG_INVALID, "server.host: '" + host + "' is not an address of this machine", e);
        }
    }

    private record Basic(String user, String password) {}

    private static Optional<String> token(Claim claim) {
        String header = claim.authorization();
        if (header != null && header.regionMatches(true, 0, "Bearer ", 0, 7)) {
            return Optional.of(header.substring(7).strip());
        }
        return basic(claim).map(Basic::password);
    }

    private static Optional<Basic> basic(Claim claim) {
        String header = claim.authorization();
        if (header == null || !header.regionMatches(true, 0, "Basic ", 0, 6)) {
            return Optional.empty();
        }
        try {
            String text =
                    new String(Base64.getDecoder().decode(header.substring(6).strip()), UTF_8);
            int colon = text.indexOf(':');
            return colon < 1
                    ? Optional.empty()
                    : Optional.of(new Basic(text.substring(0, colon), text.substring(colon + 1)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static @Nullable String blankToNull(@Nullable String text) {
        return text == null || text.isBlank() ? null : text.strip();
    }
}
