package dev.tarn.lake;

import dev.tarn.lake.state.DatabaseConfig;
import java.nio.file.Path;

class SqliteLakeTest extends LakeContract {
    @Override
    DatabaseConfig database(Path folder) {
        return new DatabaseConfig.Sqlite(folder.resolve("tarn.db"));
    }
}
