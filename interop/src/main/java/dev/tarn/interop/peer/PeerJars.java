package dev.tarn.interop.peer;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;

/// The jars of a peer, as `interop/peers/<peer>/pom.xml` names them, resolved by Maven itself.
public final class PeerJars {
    private static final String PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath";
    private static final long RESOLVE_MINUTES_MAX = 30;

    private PeerJars() {}

    /// Every file of the peer, in class path order. The first call of a checkout may download them.
    public static List<Path> resolve(String peer) throws IOException, InterruptedException {
        Path pom = Checkout.root().resolve("interop/peers/" + peer + "/pom.xml");
        CRC32 crc = new CRC32();
        crc.update(Files.readAllBytes(pom));
        Path work = Checkout.work(peer);
        Path known = work.resolve("classpath-" + HexFormat.of().toHexDigits((int) crc.getValue()));
        if (!Files.exists(known) || !allExist(read(known))) {
            resolve(pom, work, known);
        }
        return read(known);
    }

    private static void resolve(Path pom, Path work, Path known) throws IOException, InterruptedException {
        Path log = work.resolve("resolve.log");
        Path fresh = Files.createTempFile(work, "classpath", ".part");
        Process maven = new ProcessBuilder(
                        Checkout.root().resolve("mvnw").toString(),
                        "-B",
                        "-ntp",
                        "-f",
                        pom.toString(),
                        PLUGIN,
                        "-Dmdep.outputFile=" + fresh)
                .directory(Checkout.root().toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        maven.getOutputStream().close();
        if (!maven.waitFor(RESOLVE_MINUTES_MAX, TimeUnit.MINUTES)) {
            maven.destroyForcibly();
            throw new IOException("Maven did not resolve " + pom + " in " + RESOLVE_MINUTES_MAX + " minutes: " + log);
        }
        if (maven.exitValue() != 0) {
            throw new IOException("Maven cannot resolve " + pom + ":\n" + Files.readString(log));
        }
        Files.move(fresh, known, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    private static List<Path> read(Path known) throws IOException {
        return Arrays.stream(
                        Files.readString(known, StandardCharsets.UTF_8).strip().split(File.pathSeparator))
                .map(Path::of)
                .toList();
    }

    private static boolean allExist(List<Path> files) {
        return files.stream().allMatch(Files::exists);
    }
}
