package dev.tarn.feature.online;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A real redis-server on a port of its own, which can be killed and started again.
public final class RealRedis implements AutoCloseable {
    private static final Path BINARY = Path.of("/usr/bin/redis-server");
    private static final int TRIES = 1_200;

    private final int port;
    private final Path folder;
    private final List<String> more;
    private Process process;

    /// Starts one, or skips the test on a machine that has none.
    ///
    /// @param more settings, such as `--appendonly yes`
    public RealRedis(Path folder, String... more) throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(BINARY), "redis-server is not installed: the Redis store is not tested");
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        this.folder = folder;
        this.more = List.of(more);
        process = start();
    }

    public URI address() {
        return URI.create("redis://127.0.0.1:" + port + "/0");
    }

    private Process start() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                BINARY.toString(),
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--dir",
                folder.toString()));
        command.addAll(more);
        Process started = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        for (int tries = 0; tries < TRIES && started.isAlive(); tries++) {
            try {
                new Socket(InetAddress.getLoopbackAddress(), port).close();
                return started;
            } catch (IOException e) {
                Thread.sleep(50);
            }
        }
        started.destroyForcibly();
        throw new IOException("redis-server did not start");
    }

    /// As by a power cut.
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /// Starts it again, with what it kept on disk.
    public void restart() throws IOException, InterruptedException {
        process = start();
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
