import static io.trino.testing.TestingSession.testSessionBuilder;

import io.trino.Session;
import io.trino.plugin.iceberg.IcebergPlugin;
import io.trino.plugin.memory.MemoryPlugin;
import io.trino.plugin.tpcds.TpcdsPlugin;
import io.trino.plugin.tpch.TpchPlugin;
import io.trino.testing.DistributedQueryRunner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/// One real Trino node over an Iceberg REST catalog, named as the catalog is in Tarn, until standard input ends.
///
/// Arguments: the file that gets this node's address, the REST catalog's address, its warehouse.
public final class TrinoPeer {
    private TrinoPeer() {}

    public static void main(String[] arguments) throws Exception {
        Path ready = Path.of(arguments[0]);
        Thread.ofPlatform().daemon().start(TrinoPeer::endWithStandardInput);

        Session session = testSessionBuilder().setCatalog("tarn").setSchema("tpch").build();
        DistributedQueryRunner runner = DistributedQueryRunner.builder(session)
                .setWorkerCount(0)
                .addExtraProperty("node-scheduler.include-coordinator", "true")
                .build();
        runner.installPlugin(new TpchPlugin());
        runner.createCatalog("tpch", "tpch", Map.of("tpch.double-type-mapping", "DECIMAL", "tpch.column-naming", "STANDARD"));
        runner.installPlugin(new TpcdsPlugin());
        runner.createCatalog("tpcds", "tpcds", Map.of());
        runner.installPlugin(new MemoryPlugin());
        runner.createCatalog("memory", "memory", Map.of());
        runner.installPlugin(new IcebergPlugin());
        runner.createCatalog(
                "tarn",
                "iceberg",
                Map.of(
                        "iceberg.catalog.type", "rest",
                        "iceberg.rest-catalog.uri", arguments[1],
                        "iceberg.rest-catalog.warehouse", arguments[2],
                        "iceberg.rest-catalog.view-endpoints-enabled", "true",
                        "fs.hadoop.enabled", "false",
                        "fs.native-local.enabled", "true",
                        "local.location", "/"));

        Path part = ready.resolveSibling(ready.getFileName() + ".part");
        Files.writeString(part, runner.getCoordinator().getBaseUrl().toString());
        Files.move(part, ready, StandardCopyOption.ATOMIC_MOVE);
        Thread.currentThread().join();
    }

    private static void endWithStandardInput() {
        try {
            while (System.in.read() >= 0) {
                // What is written there does not matter; only its end does.
            }
        } catch (java.io.IOException e) {
            System.err.println("standard input failed: " + e);
        }
        Runtime.getRuntime().halt(0);
    }
}
