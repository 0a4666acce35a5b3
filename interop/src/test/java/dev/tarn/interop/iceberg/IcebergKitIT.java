package dev.tarn.interop.iceberg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.core.identity.Identity;
import dev.tarn.interop.peer.IcebergKit;
import dev.tarn.interop.peer.IcebergKit.Verdict;
import dev.tarn.interop.peer.LakeServer;
import dev.tarn.lake.LakeConfig;
import dev.tarn.lake.state.DatabaseConfig;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Everything that Iceberg's reference server passes, passes here: on main and on a branch.
class IcebergKitIT {
    /// What the reference server of the kit's own version passes.
    private static final int REFERENCE = 144;

    @TempDir
    Path folder;

    @Test
    void mainPassesTheKit() throws Exception {
        try (LakeServer server = server()) {
            assertPasses(IcebergKit.run(server.uri(), "main"));
        }
    }

    @Test
    void aBranchPassesTheKitAndLeavesMainAlone() throws Exception {
        try (LakeServer server = server()) {
            server.lake().createBranch("kit", Identity.local("test"));
            assertPasses(IcebergKit.run(server.uri(), "kit"));
            assertThat(server.lake().main().listNamespaces()).isEmpty();
        }
    }

    private LakeServer server() {
        return LakeServer.start(
                new LakeConfig(
                        "tarn", IcebergKit.WAREHOUSE.toString(), new DatabaseConfig.Sqlite(folder.resolve("tarn.db"))),
                0);
    }

    private static void assertPasses(Verdict verdict) {
        assertThat(verdict.failures()).isEmpty();
        assertThat(verdict.successful()).isGreaterThanOrEqualTo(REFERENCE);
    }
}
