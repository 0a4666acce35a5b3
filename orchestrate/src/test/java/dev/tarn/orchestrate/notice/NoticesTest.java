package dev.tarn.orchestrate.notice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import com.sun.net.httpserver.HttpServer;
import dev.tarn.core.config.Interpolation;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.orchestrate.SetTiming;
import dev.tarn.orchestrate.queue.RunQueue;
import dev.tarn.orchestrate.queue.RunRequest;
import dev.tarn.orchestrate.queue.Worker;
import dev.tarn.orchestrate.schedule.RunSettings;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Notices to a real web server and a real mail server.
class NoticesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private final SetTiming clock = new SetTiming("2026-03-10T12:00:00Z");
    private final List<String> posted = Collections.synchronizedList(new ArrayList<>());
    private volatile int answer = 200;
    private HttpServer web;
    private GreenMail mail;
    private Lake lake;
    private RunQueue queue;
    private Notices notices;
    private Optional<String> failing = Optional.empty();

    @BeforeEach
    void start() throws IOException {
        web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        web.createContext("/", exchange -> {
            posted.add(exchange.getRequestURI().getPath() + " "
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(answer, -1);
            exchange.close();
        });
        web.start();
        mail = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
        mail.start();
        mail.setUser("tarn@example.org", "tarn", "secret");
        String url = "http://127.0.0.1:" + web.getAddress().getPort();
        Files.writeString(
                folder.resolve("runs.yml"), """
                public-url: https://tarn.example.org/
                notify:
                  - slack: %1$s/slack
                  - webhook: %1$s/hook
                    on: [succeeded, recovered]
                    schedules: [nightly]
                  - email: [ada@example.org, bob@example.org]
                    on: failed
                mail: {host: 127.0.0.1, port: %2$d, from: tarn@example.org, user: tarn, password: secret, tls: none}
                """.formatted(url, mail.getSmtp().getPort()));
        lake = Lake.open(LakeConfig.inFolder(folder.resolve("lake")));
        queue = new RunQueue(lake.database(), clock);
        notices = notices();
    }

    private Notices notices() {
        return new Notices(lake.database(), "shop", this::settings, clock);
    }

    private NoticeSettings settings() {
        return RunSettings.read(folder, new Interpolation(Map.of(), Map.of())).notices();
    }

    @AfterEach
    void stop() {
        lake.close();
        web.stop(0);
        mail.stop();
    }

    @Test
    void whoIsToBeToldIsToldOnce() throws Exception {
        run("before", Optional.empty());
        notices.round();
        clock.pass(Duration.ofSeconds(1));
        run("first", Optional.of("no such <column>"));
        assertThat(notices.round()).isEqualTo(2);
        assertThat(notices().round()).isZero();

        assertThat(posted).singleElement().satisfies(each -> {
            assertThat(each).startsWith("/slack ");
            JsonNode slack = JSON.readTree(each.substring(7));
            assertThat(slack.path("text").asText()).isEqualTo("shop: run failed");
            assertThat(slack.at("/blocks/0/text/type").asText()).isEqualTo("mrkdwn");
            assertThat(slack.at("/blocks/0/text/text").asText())
                    .contains(":red_circle:")
                    .contains("no such &lt;column&gt;")
                    .contains("https://tarn.example.org/runs/");
        });
        MimeMessage[] letters = mail.getReceivedMessages();
        assertThat(letters).hasSize(2);
        assertThat(letters[0].getSubject()).isEqualTo("shop: run failed");
        assertThat(String.valueOf(letters[0].getContent())).contains("no such <column>");
        assertThat(letters[0].getAllRecipients()).hasSize(2);
    }

    @Test
    void aReceiverThatIsAwayIsToldLater() throws Exception {
        notices.round();
        answer = 503;
        run("first", Optional.of("no"));
        notices.round();
        assertThat(posted).hasSize(1);
        notices.round();
        assertThat(posted).hasSize(1);
        clock.pass(Duration.ofSeconds(10));
        answer = 200;
        assertThat(notices().round()).isEqualTo(1);
        assertThat(posted).hasSize(2);
        clock.pass(Duration.ofDays(1));
        assertThat(notices.round()).isZero();
    }

    @Test
    void aRunThatWillBeTriedAgainIsNotToldOfAndARecoveryIs() throws Exception {
        notices.round();
        failing = Optional.of("no");
        RunRequest plain = RunRequest.of("night-1", List.of(), "test", "ada", clock.instant());
        queue.ask(request(plain, 1));
        worker().round();
        assertThat(notices.round()).isZero();
        clock.pass(Duration.ofMinutes(5));
        worker().round();
        assertThat(notices.round()).isEqualTo(2);
        clock.pass(Duration.ofMinutes(5));
        failing = Optional.empty();
        queue.ask(request(RunRequest.of("night-2", List.of(), "test", "ada", clock.instant()), 0));
        worker().round();
        posted.clear();
        assertThat(notices.round()).isEqualTo(2);
        assertThat(posted).anySatisfy(each -> {
            assertThat(each).startsWith("/hook ");
            JsonNode json = JSON.readTree(each.substring(6));
            assertThat(json.path("event").asText()).isEqualTo("recovered");
            assertThat(json.path("schedule").asText()).isEqualTo("nightly");
            assertThat(json.path("key").asText()).isEqualTo("night-2");
        });
    }

    @Test
    void wrongSettingsAreNamed() throws IOException {
        assertWrong("notify:\n  - on: failed\n", "one of webhook, slack, email");
        assertWrong("notify:\n  - email: a@b.c\n", "write 'mail:");
        assertWrong("notify:\n  - slack: file:///etc\n", "starts with https://");
        assertWrong("notify:\n  - slack: https://x.y\n    on: sometimes\n", "not 'sometimes'");
    }

    private void assertWrong(String text, String words) throws IOException {
        Files.writeString(folder.resolve("runs.yml"), text);
        assertThatThrownBy(this::settings).hasMessageContaining("runs.yml:").hasMessageContaining(words);
    }

    private static RunRequest request(RunRequest plain, int retries) {
        return new RunRequest(
                plain.key(),
                plain.work(),
                plain.environment(),
                0,
                new dev.tarn.orchestrate.RunCause(
                        Optional.of(plain.key()),
                        Optional.of("nightly"),
                        "its time",
                        Optional.empty(),
                        Optional.empty()),
                Optional.empty(),
                "scheduler",
                retries,
                Duration.ofMinutes(1),
                Optional.empty(),
                plain.notBefore());
    }

    private void run(String key, Optional<String> error) {
        failing = error;
        queue.ask(RunRequest.of(key, List.of(), "test", "ada", clock.instant()));
        worker().round();
    }

    private Worker worker() {
        return new Worker(
                queue,
                (request, cancelled, began) -> new Worker.Outcome(Optional.of("r1"), failing, true),
                () -> {},
                1);
    }
}
