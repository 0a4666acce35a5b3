package dev.tarn.query.duckdb;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import org.duckdb.DuckDBConnection;

/// One DuckDB instance in memory, closed to the outside: it reads and writes the folders it was given
/// and nothing else, loads no extension, and its configuration is locked once it is open. Only a
/// connection's time zone, and whether it streams its results, can still be set.
///
/// Closing it makes the statements that still run fail.
public final class DuckDb implements AutoCloseable {
    private final DuckDBConnection root;
    private final DuckDbConfig config;

    private DuckDb(DuckDBConnection root, DuckDbConfig config) {
        this.root = root;
        this.config = config;
    }

    /// Opens an instance of its own; several in one process share nothing.
    ///
    /// @throws TarnException `STORAGE_FAILED` when the spill folder cannot be made
    public static DuckDb open(DuckDbConfig config) {
        try {
            Files.createDirectories(config.spillFolder());
            // A name of its own, for DuckDB shares an instance between equal names.
            DuckDBConnection root =
                    DuckDBConnection.newConnection("jdbc:duckdb:memory:" + UUID.randomUUID(), false, new Properties());
            DuckDb duckDb = new DuckDb(root, config);
            try (Statement statement = root.createStatement()) {
                for (String setting : settings(config)) {
                    statement.execute(setting);
                }
                JavaFunctions.register(root);
                statement.execute("SET lock_configuration = true");
            }
            return duckDb;
        } catch (IOException e) {
            throw new TarnException(
                    ErrorCode.STORAGE_FAILED, "The spill folder " + config.spillFolder() + " cannot be made: " + e, e);
        } catch (Exception e) {
            throw new TarnException(ErrorCode.INTERNAL_ERROR, "DuckDB did not start: " + e.getMessage(), e);
        }
    }

    /// An independent connection: its own transaction, temporary tables and time zone. The caller closes it.
    public DuckDBConnection connect() {
        try {
            DuckDBConnection connection = root.duplicate();
            try (Statement statement = connection.createStatement()) {
                // What a statement prints or parses must not depend on the machine's own zone.
                statement.execute("SET TimeZone = 'UTC'");
            }
            return connection;
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e);
        }
    }

    /// What it was opened with.
    public DuckDbConfig config() {
        return config;
    }

    @Override
    public void close() {
        try {
            root.close();
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e);
        }
    }

    private static List<String> settings(DuckDbConfig config) throws IOException {
        List<String> folders = new ArrayList<>();
        for (Path folder : config.folders()) {
            folders.add(real(folder) + "/");
        }
        List<String> files = new ArrayList<>();
        for (Path file : config.files()) {
            files.add(file.toAbsolutePath().normalize().toString());
        }
        return List.of(
                "SET memory_limit = '" + config.memoryBytes() + "B'",
                "SET threads = " + config.threads(),
                "SET temp_directory = "
                        + SqlText.string(real(config.spillFolder()).toString()),
                "SET TimeZone = 'UTC'",
                "SET Calendar = 'gregorian'",
                // It takes joins of one table that differ in their columns for the same (DuckDB 2.0.0).
                "SET disabled_optimizers = 'common_subplan'",
                "SET parquet_metadata_cache = true",
                "SET autoinstall_known_extensions = false",
                "SET autoload_known_extensions = false",
                "SET allow_community_extensions = false",
                "SET allow_persistent_secrets = false",
                "SET allowed_directories = " + SqlText.strings(folders),
                "SET allowed_paths = " + SqlText.strings(files),
                "SET enable_external_access = false",
                "SET allowed_configs = ['TimeZone', 'jdbc_stream_results']");
    }

    private static Path real(Path folder) throws IOException {
        return Files.createDirectories(folder.toAbsolutePath().normalize());
    }
}
