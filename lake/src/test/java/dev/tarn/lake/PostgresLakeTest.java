package dev.tarn.lake;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tarn.lake.state.DatabaseConfig;
import dev.tarn.lake.state.PostgresServer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class PostgresLakeTest extends LakeContract {
    private static @Nullable PostgresServer server;

    @BeforeAll
    static void start() {
        assumeTrue(PostgresServer.isAvailable(), PostgresServer.MISSING);
        server = PostgresServer.start();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Override
    DatabaseConfig database(Path folder) {
        return server.newDatabase();
    }
}
