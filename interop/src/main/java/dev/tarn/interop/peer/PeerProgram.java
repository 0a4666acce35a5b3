package dev.tarn.interop.peer;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/// A small Java program of ours around a peer's jars (`interop/peers/<peer>/*.java`), compiled against them and
/// run in a JVM of its own. Its first argument is a file into which it writes its address when it is ready.
public final class PeerProgram {
    private PeerProgram() {}

    /// A program that runs, and where it answers.
    public record Running(PeerProcess process, String address) implements AutoCloseable {
        @Override
        public void close() {
            process.close();
        }
    }

    /// Starts the program.
    ///
    /// @param javaHome the JVM that runs it
    /// @param release the Java version it is compiled for
    public static Running start(
            String peer,
            String mainClass,
            Path javaHome,
            int release,
            List<String> jvmFlags,
            List<String> arguments,
            Duration readyWithin)
            throws IOException, InterruptedException {
        List<Path> jars = PeerJars.resolve(peer);
        Path work = Checkout.work(peer);
        Path run = Files.createTempDirectory(work, "run-");
        Path classes = Files.createDirectories(run.resolve("classes"));
        compile(Checkout.root().resolve("interop/peers/" + peer), jars, classes, release);

        Path ready = run.resolve("ready");
        List<String> command = new ArrayList<>();
        command.add(javaHome.resolve("bin/java").toString());
        command.addAll(jvmFlags);
        command.add("-cp");
        command.add(classPath(Stream.concat(Stream.of(classes), jars.stream())));
        command.add(mainClass);
        command.add(ready.toString());
        command.addAll(arguments);
        PeerProcess process = PeerProcess.start(peer, command, Map.of(), run);
        try {
            return new Running(process, process.awaitFile(ready, readyWithin));
        } catch (IOException | InterruptedException | RuntimeException e) {
            process.close();
            throw e;
        }
    }

    private static void compile(Path sources, List<Path> jars, Path classes, int release) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
                Stream<Path> found = Files.list(sources)) {
            List<Path> programs =
                    found.filter(file -> file.toString().endsWith(".java")).toList();
            boolean ok = compiler.getTask(
                            messages,
                            files,
                            null,
                            List.of(
                                    "--release",
                                    String.valueOf(release),
                                    "-proc:none",
                                    "-nowarn",
                                    "-cp",
                                    classPath(jars.stream()),
                                    "-d",
                                    classes.toString()),
                            null,
                            files.getJavaFileObjectsFromPaths(programs))
                    .call();
            if (!ok) {
                throw new IOException("cannot compile " + sources + ":\n" + messages);
            }
        }
    }

    private static String classPath(Stream<Path> entries) {
        return entries.map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }
}
