package dev.tarn.lake.state;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// A real PostgreSQL of this machine, in a temporary folder, on a free port of loopback, for as long as a test
/// runs. Needs `initdb` and `postgres`: on PATH, or where Debian puts them.
public final class PostgresServer implements AutoCloseable {
    /// What to say where there is no PostgreSQL to test with.
    public static final String MISSING = "no PostgreSQL here (initdb and postgres on PATH): its tests are skipped";

    private static final int START_SECONDS_MAX = 60;
    private static final String USER = "tarn";

    private final Path folder;
    private final int port;
    private Process process;
    private final AtomicInteger databases = new AtomicInteger();

    private PostgresServer(Path folder, int port) throws IOException {
        this.folder = folder;
        this.port = port;
        this.process = serve();
    }

    /// Whether there is a PostgreSQL to start.
    public static boolean isAvailable() {
        return binary("initdb").isPresent() && binary("postgres").isPresent();
    }

    /// Starts a server with an empty cluster.
    public static PostgresServer start() {
        try {
            Path folder = Files.createTempDirectory("tarn-postgres");
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
            Path data = folder.resolve("data");
            Path log = folder.resolve("log");
            run(
                    log,
                    List.of(
                            binary("initdb").orElseThrow().toString(),
                            "-D",
                            data.toString(),
                            "-U",
                            USER,
                            "--auth=trust",
                            "--no-sync",
                            "--encoding=UTF8",
                            "--locale=C"));
            PostgresServer server = new PostgresServer(folder, freePort());
            server.awaitReady();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process serve() throws IOException {
        return new ProcessBuilder(asOwner(List.of(
                        binary("postgres").orElseThrow().toString(),
                        "-D",
                        folder.resolve("data").toString(),
                        "-p",
                        Integer.toString(port),
                        "-c",
                        "listen_addresses=127.0.0.1",
                        "-c",
                        "unix_socket_directories=",
                        "-c",
                        "fsync=off")))
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
                .start();
    }

    /// Ends the server as an administrator does who has no time: connections are cut, and nothing listens any more.
    public void goAway() throws IOException, InterruptedException {
        signal("INT");
        process.waitFor();
    }

    /// Starts it again where it was.
    public void comeBack() throws IOException {
        process = serve();
        awaitReady();
    }

    /// Stops the server and all that work for it in the midst of whatever they do; connections stay open, and are not
    /// answered.
    public void freeze() throws IOException, InterruptedException {
        signal("STOP");
    }

    /// Lets it go on.
    public void thaw() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("kill", "-" + name, Long.toString(process.pid())));
        if (!name.equals("INT")) {
            process.descendants().forEach(child -> command.add(Long.toString(child.pid())));
        }
        // A child may have ended meanwhile, which kill says.
        new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    /// A new, empty database.
    public DatabaseConfig.Postgres newDatabase() {
        String name = "test" + databases.incrementAndGet();
        try (Connection connection = connect();
                var statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return new DatabaseConfig.Postgres("jdbc:postgresql://127.0.0.1:" + port + "/" + name, USER, "");
    }

    /// Stops the server and removes its files.
    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            try (Stream<Path> all = Files.walk(folder)) {
                all.sorted(Comparator.reverseOrder())
                        .forEach(path -> path.toFile().delete());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/postgres", USER, "");
    }

    private void awaitReady() throws IOException {
        SQLException last = null;
        for (int i = 0; i < START_SECONDS_MAX * 10; i++) {
            try (Connection connection = connect()) {
                if (connection.isValid(1)) {
                    return;
                }
            } catch (SQLException e) {
                last = e;
            }
            try {
                if (process.waitFor(100, TimeUnit.MILLISECONDS)) {
                    break;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        String text = Files.readString(folder.resolve("log"));
        close();
        throw new IllegalStateException("PostgreSQL did not start: " + text, last);
    }

    private static void run(Path log, List<String> command) throws IOException {
        Process process = new ProcessBuilder(asOwner(command))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        try {
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + " failed: " + Files.readString(log));
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /// PostgreSQL refuses to run as root; then Debian's user for it runs it.
    private static List<String> asOwner(List<String> command) {
        if (!"root".equals(System.getProperty("user.name"))) {
            return command;
        }
        List<String> asPostgres = new ArrayList<>(
                List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=TERM"));
        asPostgres.addAll(command);
        return asPostgres;
    }

    private static Optional<Path> binary(String name) {
        Stream<Path> onPath = Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, name));
        Stream<Path> debian =
                Stream.of("17", "16", "15", "14").map(version -> Path.of("/usr/lib/postgresql", version, "bin", name));
        return Stream.concat(debian, onPath).filter(Files::isExecutable).findFirst();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
