package dev.tarn.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tarn.interop.peer.Checkout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// `bin/bench NAME [--option=value …]`: runs one bench, keeps its result, and writes the results page.
public final class Main {
    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private Main() {}

    public static void main(String[] arguments) throws Exception {
        Logger.getLogger("").setLevel(Level.SEVERE);
        if (arguments.length == 0) {
            System.out.println("bin/bench NAME [--option=value …], where NAME is one of:");
            Benches.ALL.forEach(bench -> System.out.printf("  %-16s %s%n", bench.name(), bench.title()));
            return;
        }
        if (arguments[0].equals("page")) {
            writePage();
            return;
        }
        Bench bench = Benches.named(arguments[0]).orElse(null);
        if (bench == null) {
            System.err.println("no bench " + arguments[0] + ": bin/bench lists them");
            System.exit(2);
            return;
        }
        measure(bench, List.of(arguments).subList(1, arguments.length));
        writePage();
        System.exit(0);
    }

    private static void measure(Bench bench, List<String> words) throws Exception {
        Path work = Files.createDirectories(Checkout.root().resolve("bench/target/bench"));
        Files.createDirectories(work.resolve("cache"));
        Path folder = Files.createTempDirectory(work, bench.name() + "-");
        Run run = new Run(folder, options(words));
        try {
            bench.measure(run);
        } finally {
            Folders.delete(folder);
        }
        String command = Stream.concat(Stream.of("bin/bench", bench.name()), words.stream())
                .collect(Collectors.joining(" "));
        Result result = new Result(
                bench.name(),
                bench.title(),
                bench.method(),
                command,
                LocalDate.now(ZoneOffset.UTC).toString(),
                commit(),
                Machine.here(),
                run.figures(),
                run.bars(),
                run.notes());
        Path results = Files.createDirectories(Checkout.root().resolve("bench/results"));
        Files.writeString(results.resolve(bench.name() + ".json"), JSON.writeValueAsString(result) + "\n");
    }

    private static Map<String, String> options(List<String> words) {
        Map<String, String> options = new LinkedHashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (!word.startsWith("--") || equals < 0) {
                throw new IllegalArgumentException(word + " is not --option=value");
            }
            options.put(word.substring(2, equals), word.substring(equals + 1));
        }
        return options;
    }

    private static void writePage() throws IOException {
        Path folder = Checkout.root().resolve("bench/results");
        List<Result> results = Benches.ALL.stream()
                .map(bench -> folder.resolve(bench.name() + ".json"))
                .filter(Files::exists)
                .map(Main::read)
                .toList();
        Files.writeString(Checkout.root().resolve("docs/benchmarks.md"), ResultsPage.render(results));
    }

    private static Result read(Path file) {
        try {
            return JSON.readValue(file.toFile(), Result.class);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(file + " is not a result", e);
        }
    }

    private static String commit() throws IOException, InterruptedException {
        String dirty = git("status", "--porcelain", "--untracked-files=no").isEmpty() ? "" : "+";
        return git("rev-parse", "--short", "HEAD") + dirty;
    }

    private static String git(String... words) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Stream.concat(Stream.of("git"), Arrays.stream(words)).toList())
                .directory(Checkout.root().toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return process.waitFor() == 0 ? answer : "unknown";
    }
}
