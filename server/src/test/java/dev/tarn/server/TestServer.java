package dev.tarn.server;

import dev.tarn.core.project.Project;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;

/// A real server on a project of its own, on any free port.
public final class TestServer implements AutoCloseable {
    private final Server server;

    private TestServer(Server server) {
        this.server = server;
    }

    /// Serves a folder, which becomes a project when it is none.
    public static TestServer start(Path folder) throws IOException, InterruptedException {
        Path file = folder.resolve(Project.FILE);
        if (!Files.exists(file)) {
            Files.writeString(file, "name: test\nserver:\n  port: 0\nlimits:\n  memory: 512MB\n");
        }
        Server server = Server.start(Project.load(folder, Map.of()));
        server.awaitReady(Duration.ofMinutes(2));
        return new TestServer(server);
    }

    public Server server() {
        return server;
    }

    public String url() {
        return server.url();
    }

    /// A connection of trino-jdbc as a user.
    public Connection connect(String user) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        return DriverManager.getConnection("jdbc:trino://" + url().substring("http://".length()) + "/tarn", properties);
    }

    @Override
    public void close() {
        server.close();
    }

    /// Serves a folder until it is killed: the development server.
    public static void main(String[] args) throws IOException, InterruptedException {
        Path folder = args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("tarn-test");
        try (TestServer server = start(folder)) {
            System.out.println(server.url() + " serves " + folder);
            server.server().awaitStop();
        }
    }
}
