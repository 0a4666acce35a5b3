package dev.tarn.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.digest.Sha256;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.ServerSetting;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AccessTest {
    private static final ServerSetting OPEN = new ServerSetting("127.0.0.1", 7700, Optional.empty(), List.of());
    private static final ServerSetting CLOSED = new ServerSetting(
            "0.0.0.0",
            7700,
            Optional.of("https://lake.example.org"),
            List.of(new ServerSetting.Token("ada", Sha256.hex("open sesame"))));

    @Test
    void onLoopbackAClientIsWhoItSays() {
        Access access = new Access(OPEN, Map.of());

        assertThat(access.identify(new Request().user("ada").claim())).isEqualTo(new Identity("ada", "test", false));
        assertThat(access.identify(new Request().authorization(basic("eve", "")).claim())
                        .user())
                .isEqualTo("eve");
        assertThat(access.identify(new Request().claim()).user()).isEqualTo("anonymous");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:7700", "127.0.0.1:7700", "[::1]:7700", "tarn.localhost:7700", "LOCALHOST"})
    void localNamesAreServed(String host) {
        assertThat(new Access(OPEN, Map.of()).identify(new Request().host(host).claim()))
                .isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example:7700",
                "evil.example",
                "127.0.0.1.evil.example:7700",
                "localhost.evil.example",
                "192.168.0.1:7700",
                "0x7f.1:7700"
            })
    void aNameThatWasReboundToThisMachineIsNot(String host) {
        assertRefused(OPEN, new Request().host(host), ErrorCode.FORBIDDEN, "listens only as localhost");
    }

    @Test
    void pagesOfOtherSitesMayNotChangeAnything() {
        for (String origin : List.of("http://evil.example", "null", "http://localhost:3000", "https://127.0.0.1:1")) {
            assertRefused(OPEN, new Request().origin(origin), ErrorCode.FORBIDDEN, "may not change anything");
            assertThat(new Access(OPEN, Map.of())
                            .identify(new Request().method("GET").origin(origin).claim()))
                    .isNotNull();
        }
        assertThat(new Access(OPEN, Map.of())
                        .identify(new Request().origin("http://localhost:7700").claim()))
                .isNotNull();
        assertThat(new Access(CLOSED, Map.of())
                        .identify(new Request()
                                .origin("https://lake.example.org")
                                .authorization("Bearer open sesame")
                                .claim()))
                .isNotNull();
    }

    @Test
    void aTokenProvesWhoItBelongsTo() {
        Access access = new Access(CLOSED, Map.of("local secret", "me"));
        Identity ada = new Identity("ada", "test", true);

        assertThat(access.identify(
                        new Request().authorization("Bearer open sesame").claim()))
                .isEqualTo(ada);
        assertThat(access.identify(new Request()
                        .authorization(basic("ada", "open sesame"))
                        .user("ada")
                        .claim()))
                .isEqualTo(ada);
        assertThat(access.identify(new Request()
                                .authorization("bearer local secret")
                                .claim())
                        .user())
                .isEqualTo("me");
        assertThat(access.identify(new Request().path("/health").claim()).user())
                .isEqualTo("anonymous");
        String segment = "/v1/spooled/download/0123";
        assertThat(access.identify(new Request().path(segment).claim()))
                .isEqualTo(new Identity(Identity.ANONYMOUS, "test", false));
        assertRefused(CLOSED, new Request().path(segment).user("ada"), ErrorCode.UNAUTHENTICATED, "needs a token");
        assertRefused(CLOSED, new Request(), ErrorCode.UNAUTHENTICATED, "needs a token");
        assertRefused(CLOSED, new Request().authorization("Bearer guess"), ErrorCode.UNAUTHENTICATED, "needs a token");
        assertRefused(
                CLOSED, new Request().authorization("Basic !!!not base64"), ErrorCode.UNAUTHENTICATED, "needs a token");
        assertRefused(
                CLOSED,
                new Request().authorization("Bearer open sesame").user("root"),
                ErrorCode.FORBIDDEN,
                "cannot act as 'root'");
    }

    @Test
    void listeningToStrangersNeedsTokens() {
        ServerSetting strangers = new ServerSetting("0.0.0.0", 7700, Optional.empty(), List.of());
        assertThatThrownBy(() -> new Access(strangers, Map.of()))
                .isInstanceOfSatisfying(
                        TarnException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIG_INVALID))
                .hasMessageContaining("no server.tokens are set");
    }

    private static void assertRefused(ServerSetting setting, Request request, ErrorCode code, String message) {
        assertThatThrownBy(() -> new Access(setting, Map.of()).identify(request.claim()))
                .isInstanceOfSatisfying(
                        TarnException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(message);
    }

    private static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    private record Request(
            String method,
            String path,
            String host,
            @Nullable String origin,
            @Nullable String authorization,
            @Nullable String user) {
        Request() {
            this("POST", "/v1/statement", "localhost:7700", null, null, null);
        }

        Request method(String other) {
            return new Request(other, path, host, origin, authorization, user);
        }

        Request path(String other) {
            return new Request(method, other, host, origin, authorization, user);
        }

        Request host(String other) {
            return new Request(method, path, other, origin, authorization, user);
        }

        Request origin(String other) {
            return new Request(method, path, host, other, authorization, user);
        }

        Request authorization(String other) {
            return new Request(method, path, host, origin, other, user);
        }

        Request user(String other) {
            return new Request(method, path, host, origin, authorization, other);
        }

        Access.Claim claim() {
            return new Access.Claim(method, path, host, origin, authorization, user, "test");
        }
    }
}
