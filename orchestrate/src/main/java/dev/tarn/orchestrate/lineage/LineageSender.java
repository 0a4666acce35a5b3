package dev.tarn.orchestrate.lineage;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Sends events beside the run, in their order. A receiver that is away loses them, and the log says so.
final class LineageSender implements AutoCloseable {
    private static final Logger LOG = System.getLogger(LineageSender.class.getName());
    private static final int WAITING_MAX = 10_000;
    private static final Duration ANSWER_MAX = Duration.ofSeconds(5);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(20);
    private static final String LAST = "";

    private final LineageSettings settings;
    private final BlockingQueue<String> queue = new ArrayBlockingQueue<>(WAITING_MAX);
    private final Thread thread;
    private boolean complained;

    LineageSender(LineageSettings settings) {
        this.settings = settings;
        this.thread = Thread.ofVirtual().name("lineage").start(this::work);
    }

    void send(String event) {
        if (!queue.offer(event)) {
            complain("more than " + WAITING_MAX + " events wait; some are left out", null);
        }
    }

    private void work() {
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(ANSWER_MAX).build()) {
            for (String event = queue.take(); !event.equals(LAST); event = queue.take()) {
                if (settings.file().isPresent()) {
                    write(settings.file().get(), event);
                }
                if (settings.url().isPresent()) {
                    post(client, settings.url().get(), event);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(Path file, String event) {
        try {
            Path folder = file.getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            Files.write(
                    file,
                    (event + "\n").getBytes(StandardCharsets.UTF_8),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            complain("cannot write to " + file, e);
        }
    }

    private void post(HttpClient client, URI url, String event) throws InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url.resolve("api/v1/lineage"))
                .timeout(ANSWER_MAX)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(event));
        if (!settings.token().isEmpty()) {
            request.header("Authorization", "Bearer " + settings.token());
        }
        try {
            int status = client.send(request.build(), BodyHandlers.discarding()).statusCode();
            if (status / 100 != 2) {
                complain(url.getHost() + " answered " + status, null);
            }
        } catch (IOException e) {
            complain("cannot reach " + url.getHost(), e);
        }
    }

    /// Once: what is away stays away for many events.
    private void complain(String message, @Nullable IOException e) {
        if (!complained) {
            complained = true;
            LOG.log(Level.WARNING, "OpenLineage: " + message, e);
        }
    }

    @Override
    public void close() {
        try {
            if (queue.offer(LAST, CLOSE_MAX.toMillis(), TimeUnit.MILLISECONDS) && thread.join(CLOSE_MAX)) {
                return;
            }
            thread.interrupt();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
