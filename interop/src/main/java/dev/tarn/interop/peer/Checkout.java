package dev.tarn.interop.peer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/// Where the running tests' own checkout is, and what the machine around it offers.
public final class Checkout {
    private Checkout() {}

    /// The repository's root: the nearest folder, from the working directory up, that has `mvnw`.
    public static Path root() {
        Path start = Path.of("").toAbsolutePath();
        for (Path folder = start; folder != null; folder = folder.getParent()) {
            if (Files.isRegularFile(folder.resolve("mvnw"))) {
                return folder;
            }
        }
        throw new IllegalStateException("no mvnw in " + start + " or above: run the tests from the checkout");
    }

    /// A folder of files that peers leave: class paths, compiled programs, logs.
    public static Path work(String name) throws IOException {
        return Files.createDirectories(root().resolve("interop/target/peers").resolve(name));
    }

    /// The real data that lies beside the checkout, if it does: `TARN_TEST_DATA`, else `../shared/data`.
    public static Optional<Path> data() {
        String named = System.getenv("TARN_TEST_DATA");
        Path folder = named == null
                ? root().resolve("../shared/data").normalize()
                : Path.of(named).toAbsolutePath();
        return Files.isDirectory(folder) ? Optional.of(folder) : Optional.empty();
    }

    /// The home of a Java of exactly this major version in the usual folder for JVMs, if there is one.
    public static Optional<Path> javaHome(int major) throws IOException {
        Path jvms = Path.of("/usr/lib/jvm");
        if (!Files.isDirectory(jvms)) {
            return Optional.empty();
        }
        try (Stream<Path> homes = Files.list(jvms)) {
            return homes.filter(home -> Files.isExecutable(home.resolve("bin/java")))
                    .filter(home -> isVersion(home, major))
                    .sorted()
                    .findFirst();
        }
    }

    private static boolean isVersion(Path home, int major) {
        Path release = home.resolve("release");
        try {
            return Files.isReadable(release)
                    && Files.readString(release).lines().anyMatch(line -> line.startsWith("JAVA_VERSION=\"" + major));
        } catch (IOException e) {
            return false;
        }
    }

    /// A loopback port that was free a moment ago.
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
