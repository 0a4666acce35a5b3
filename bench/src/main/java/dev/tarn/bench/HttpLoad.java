package dev.tarn.bench;

import dev.tarn.interop.peer.Tarn;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Asks a server in a JVM of its own over a few connections that are kept alive, on the same processors: first as fast
/// as answers come, then at half of that rate, where a request's latency counts from when it was due, whether or not a
/// connection was free. While it asks it makes no garbage, whose collection would be the server's latency.
final class HttpLoad {
    /// What `tarn up` starts Java with.
    static final String[] JVM_FLAGS = {"-XX:+UseSerialGC", "-Xms224m", "-Xmn160m", "-Xmx1g"};

    private static final int CONNECTIONS = 16;
    private static final int WARM_UPS = 2;
    /// How many different requests there are; they are sent in turn.
    private static final int MADE = 1 << 12;
    private static final int ANSWERS_MAX = 1 << 22;
    /// How long an answer may take.
    private static final long LATE_MS = 60_000;

    private HttpLoad() {}

    /// One request.
    record Asked(String method, String path, String body) {
        static Asked post(String path, String body) {
            return new Asked("POST", path, body);
        }

        static Asked get(String path) {
            return new Asked("GET", path, "");
        }

        private byte[] bytes() {
            return (method + " " + path
                            + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                            + body.length() + "\r\n\r\n" + body)
                    .getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    /// Makes the next request.
    interface Requests {
        Asked next(SplittableRandom random);
    }

    /// @param rate the highest, in requests a second
    /// @param p99 at half of it, in milliseconds
    record Found(Figure rate, Figure p99) {}

    /// Measures, and adds the figures to the run.
    static Found measure(Run run, String what, Tarn server, long nanos, Requests requests) throws Exception {
        URI url = URI.create(server.address());
        byte[][] made = new byte[MADE][];
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < MADE; i++) {
            made[i] = requests.next(random).bytes();
        }
        double[] latencies = new double[ANSWERS_MAX];
        for (int i = 0; i < WARM_UPS; i++) {
            new Drive(url, nanos, 0, made, latencies).run();
        }
        List<Double> rates = new ArrayList<>();
        List<Double> processor = new ArrayList<>();
        List<Double> medians = new ArrayList<>();
        List<Double> p99s = new ArrayList<>();
        for (int i = 0; i < run.samples(); i++) {
            long before = server.processorTime().toNanos();
            Seen highest = new Drive(url, nanos, 0, made, latencies).run();
            processor.add((server.processorTime().toNanos() - before)
                    / 1e3
                    / highest.latenciesMs().size());
            double rate = highest.rate();
            List<Double> half =
                    new Drive(url, nanos, rate / 2, made, latencies).run().latenciesMs();
            rates.add(rate);
            medians.add(Stats.percentile(half, 50));
            p99s.add(Stats.percentile(half, 99));
        }
        Figure rate = run.add(Figure.median(what + ": requests a second, highest", "1/s", rates));
        run.add(Figure.median(what + ": the server's processor time of a request", "µs", processor));
        run.add(Figure.median(what + ": 50th percentile at half of it", "ms", medians));
        Figure p99 = run.add(Figure.median(what + ": 99th percentile at half of it", "ms", p99s));
        return new Found(rate, p99);
    }

    /// Asks once.
    static void post(URI url, String path, String body) throws IOException {
        try (HttpConnection connection = new HttpConnection(url)) {
            connection.post(path, body);
        }
    }

    /// What one drive saw.
    private record Seen(double rate, List<Double> latenciesMs) {}

    /// One stretch of asking.
    private static final class Drive {
        private final URI url;
        private final long nanos;
        private final double gap;
        private final byte[][] requests;
        private final BlockingQueue<Connection> free = new ArrayBlockingQueue<>(CONNECTIONS);
        private final double[] latencies;
        private int answered;
        private int sent;

        /// @param nanos how long
        /// @param rate requests a second that are due, or 0 for as many as are answered
        /// @param requests sent in turn
        /// @param latencies room for those of all answers
        Drive(URI url, long nanos, double rate, byte[][] requests, double[] latencies) {
            this.url = url;
            this.nanos = nanos;
            this.gap = rate == 0 ? 0 : 1e9 / rate;
            this.requests = requests;
            this.latencies = latencies;
        }

        Seen run() throws Exception {
            try (Selector selector = Selector.open()) {
                try {
                    for (int i = 0; i < CONNECTIONS; i++) {
                        free.add(new Connection(url, selector));
                    }
                    long start = System.nanoTime();
                    if (gap == 0) {
                        asFastAsAnswered(selector, start + nanos);
                    } else {
                        whenDue(selector, start);
                    }
                    double rate = answered / ((System.nanoTime() - start) / 1e9);
                    return new Seen(
                            rate, Arrays.stream(latencies, 0, answered).boxed().toList());
                } finally {
                    for (SelectionKey key : selector.keys()) {
                        key.channel().close();
                    }
                }
            }
        }

        /// Each answer is followed by the next request over the same connection.
        private void asFastAsAnswered(Selector selector, long end) throws IOException {
            for (Connection connection = free.poll(); connection != null; connection = free.poll()) {
                send(connection, System.nanoTime());
            }
            while (answered < sent) {
                await(selector);
                for (Connection connection = free.poll(); connection != null; connection = free.poll()) {
                    long now = System.nanoTime();
                    if (now < end) {
                        send(connection, now);
                    }
                }
            }
        }

        /// One thread sends and one receives, each asleep until it has something to do: what the client takes of the
        /// processors, the server lacks.
        private void whenDue(Selector selector, long start) throws Exception {
            int all = (int) (nanos / gap);
            FutureTask<@Nullable Void> received = new FutureTask<>(() -> {
                while (answered < all) {
                    await(selector);
                }
                return null;
            });
            Thread.ofPlatform().name("answers").start(received);
            while (sent < all) {
                long due = start + (long) (gap * sent);
                for (long early = due - System.nanoTime(); early > 0; early = due - System.nanoTime()) {
                    LockSupport.parkNanos(early);
                }
                Connection connection = free.poll(LATE_MS, TimeUnit.MILLISECONDS);
                if (connection == null) {
                    throw new IOException("no answer came in time");
                }
                send(connection, due);
            }
            received.get(LATE_MS, TimeUnit.MILLISECONDS);
        }

        private void send(Connection connection, long due) throws IOException {
            connection.send(requests[sent % requests.length], due);
            sent++;
        }

        private void await(Selector selector) throws IOException {
            if (selector.select(this::receive, LATE_MS) == 0) {
                throw new IOException("no answer came in time");
            }
        }

        private void receive(SelectionKey key) {
            Connection connection = (Connection) key.attachment();
            if (connection.receive()) {
                latencies[answered++] = (System.nanoTime() - connection.due) / 1e6;
                free.add(connection);
            }
        }
    }

    /// One kept-alive HTTP/1.1 connection, as light as it can be: one request at a time, small enough for the
    /// socket's buffer, answered with a `Content-Length`.
    private static final class Connection {
        private static final byte[] LENGTH = "\r\ncontent-length:".getBytes(StandardCharsets.ISO_8859_1);

        private final SocketChannel channel;
        private final ByteBuffer out = ByteBuffer.allocateDirect(1 << 16);
        private final ByteBuffer in = ByteBuffer.allocateDirect(1 << 20);
        private volatile long due;

        Connection(URI url, Selector selector) throws IOException {
            channel = SocketChannel.open(new InetSocketAddress(url.getHost(), url.getPort()));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, this);
        }

        void send(byte[] request, long whenDue) throws IOException {
            in.clear();
            out.clear();
            out.put(request);
            due = whenDue;
            channel.write(out.flip());
            if (out.hasRemaining()) {
                throw new IOException("the request is larger than a socket takes at once");
            }
        }

        /// Reads what has come; whether that is the whole answer.
        boolean receive() {
            try {
                if (channel.read(in) < 0) {
                    throw new IOException("the server closed the connection");
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            int read = in.position();
            int head = headLength(read);
            if (head < 0 || read < head + contentLength(head)) {
                return false;
            }
            if (in.get(9) != '2') {
                throw new IllegalStateException(text(read));
            }
            return true;
        }

        private int headLength(int read) {
            for (int i = 3; i < read; i++) {
                if (in.get(i) == '\n' && in.get(i - 2) == '\n') {
                    return i + 1;
                }
            }
            return -1;
        }

        private int contentLength(int head) {
            for (int i = 0; i < head - LENGTH.length; i++) {
                int same = 0;
                while (same < LENGTH.length && (in.get(i + same) | (same > 1 ? 0x20 : 0)) == LENGTH[same]) {
                    same++;
                }
                if (same == LENGTH.length) {
                    int length = 0;
                    for (int at = i + same; in.get(at) != '\r'; at++) {
                        length = in.get(at) == ' ' ? length : 10 * length + in.get(at) - '0';
                    }
                    return length;
                }
            }
            throw new IllegalStateException("an answer without a length: " + text(head));
        }

        private String text(int length) {
            byte[] bytes = new byte[length];
            in.get(0, bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
