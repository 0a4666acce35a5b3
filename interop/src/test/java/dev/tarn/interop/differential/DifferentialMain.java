package dev.tarn.interop.differential;

import dev.tarn.interop.peer.Checkout;
import dev.tarn.interop.peer.Tarn;
import dev.tarn.interop.peer.Trino;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// The pair of engines for a person at work: starts both over one project, prints their addresses, and stays
/// until standard input ends. With the addresses as arguments, compares what standard input says:
/// `TRINO TARN SCHEMA cases` reads statements, `TRINO TARN SCHEMA generated FROM COUNT` generates them.
final class DifferentialMain {
    private DifferentialMain() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 0) {
            serve();
            return;
        }
        Differential both = new Differential(
                new Engine("Trino", arguments[0], arguments[2]), new Engine("Tarn", arguments[1], arguments[2]));
        System.out.println(
                switch (arguments[3]) {
                    case "cases" ->
                        both.run(Cases.split(
                                new String(System.in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)));
                    case "generated" ->
                        DifferentialIT.generating(arguments[0], arguments[1])
                                .generated(
                                        Long.parseLong(arguments[4]),
                                        Long.parseLong(arguments[5]),
                                        2,
                                        Duration.ofHours(12));
                    default -> throw new IllegalArgumentException(arguments[3] + " is neither cases nor generated");
                });
    }

    private static void serve() throws Exception {
        Path project = Files.createTempDirectory(Checkout.work("pair"), "project-");
        try (Tarn tarn = Tarn.start(project, "-Xmx2g");
                Trino trino = Trino.start(tarn.restCatalog(), "main")) {
            DifferentialIT.makeTables(trino);
            System.out.println(trino.address() + " " + tarn.address());
            while (System.in.read() >= 0) {
                // Stays until standard input ends.
            }
        }
    }
}
