package dev.tarn.interop.peer;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// One real Trino node in a JVM of its own: catalog `tarn` over an Iceberg REST catalog, and the generators
/// `tpch` and `tpcds`.
public final class Trino implements AutoCloseable {
    private static final Duration READY_WITHIN = Duration.ofMinutes(3);

    private final PeerProgram.Running program;

    private Trino(PeerProgram.Running program) {
        this.program = program;
    }

    /// Starts Trino over the REST catalog at this address.
    public static Trino start(String restCatalog, String warehouse) throws IOException, InterruptedException {
        return new Trino(PeerProgram.start(
                "trino",
                "TrinoPeer",
                Path.of(System.getProperty("java.home")),
                25,
                List.of(
                        "-Xmx3g",
                        "--add-modules=jdk.incubator.vector",
                        "--sun-misc-unsafe-memory-access=allow",
                        "--enable-native-access=ALL-UNNAMED"),
                List.of(restCatalog, warehouse),
                READY_WITHIN));
    }

    /// Where it answers, such as `http://127.0.0.1:41234`.
    public String address() {
        return program.address();
    }

    /// Resident memory of the JVM, in bytes.
    public long residentBytes() {
        return program.process().residentBytes();
    }

    @Override
    public void close() {
        program.close();
    }
}
