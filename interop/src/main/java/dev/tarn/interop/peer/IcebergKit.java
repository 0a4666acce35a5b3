package dev.tarn.interop.peer;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Iceberg's own compatibility kit for REST catalogs, run against a server in a JVM of its own.
public final class IcebergKit {
    /// Where the kit puts some of its tables whatever the server says: a server under test needs it as its
    /// warehouse.
    public static final Path WAREHOUSE = Path.of("/tmp");

    private static final long MINUTES_MAX = 10;

    private IcebergKit() {}

    /// What the kit found.
    ///
    /// @param aborted tests that do not apply, as the kit's own assumptions say
    /// @param failures the names of the tests that failed, each with its first line
    public record Verdict(int successful, int aborted, int skipped, List<String> failures) {}

    /// Runs the whole kit.
    ///
    /// @param uri where the server's REST protocol answers
    /// @param warehouse which of the server's warehouses to use
    public static Verdict run(String uri, String warehouse) throws IOException, InterruptedException {
        List<Path> jars = PeerJars.resolve("iceberg-kit");
        Path run = Files.createTempDirectory(Checkout.work("iceberg-kit"), "run-");
        Path log = run.resolve("kit.log");
        Process kit = new ProcessBuilder(
                        // Hadoop, which the kit reads files with, is at home on older Java.
                        Checkout.javaHome(17)
                                .orElse(Path.of(System.getProperty("java.home")))
                                .resolve("bin/java")
                                .toString(),
                        "-Drck.local=false",
                        "-Drck.requires-namespace-create=true",
                        "-Drck.supports-names-with-dot=true",
                        "-Drck.supports-serverside-retry=true",
                        "-Duri=" + uri,
                        "-Dwarehouse=" + warehouse,
                        "-cp",
                        jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)),
                        "org.junit.platform.console.ConsoleLauncher",
                        "execute",
                        "--select-class=org.apache.iceberg.rest.RESTCompatibilityKitSuite",
                        "--details=tree",
                        "--disable-banner",
                        "--disable-ansi-colors")
                .directory(run.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        kit.getOutputStream().close();
        if (!kit.waitFor(MINUTES_MAX, TimeUnit.MINUTES)) {
            kit.destroyForcibly();
            throw new IOException("the kit did not end in " + MINUTES_MAX + " minutes: " + log);
        }
        String text = Files.readString(log);
        return new Verdict(
                count(text, "successful"),
                count(text, "aborted"),
                count(text, "skipped"),
                text.lines()
                        .filter(line -> line.contains(" ✘ ") || line.contains("[X]"))
                        .map(line -> line.replaceFirst("^[│├└─╷ ]*", ""))
                        .toList());
    }

    private static int count(String text, String what) throws IOException {
        Matcher matcher = Pattern.compile("\\[ *(\\d+) tests " + what + " *]").matcher(text);
        if (!matcher.find()) {
            throw new IOException("the kit did not run:\n" + text);
        }
        return Integer.parseInt(matcher.group(1));
    }
}
