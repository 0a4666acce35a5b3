package dev.tarn.lake.state;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Where Tarn keeps its state.
public sealed interface DatabaseConfig {
    /// One file on this machine, which several processes of this machine may share.
    record Sqlite(Path file) implements DatabaseConfig {}

    /// A PostgreSQL database.
    ///
    /// @param jdbcUrl such as `jdbc:postgresql://db.example:5432/tarn`
    record Postgres(String jdbcUrl, String user, String password) implements DatabaseConfig {
        @Override
        public String toString() {
            return "Postgres[" + jdbcUrl + ", user " + user + "]";
        }
    }

    /// Reads the one setting: the path of a SQLite file, or `postgresql://user:password@host:port/name?options`.
    ///
    /// @param folder where a relative path starts
    static DatabaseConfig parse(String text, Path folder) {
        if (!text.startsWith("postgresql://") && !text.startsWith("postgres://")) {
            return new Sqlite(folder.resolve(text).toAbsolutePath().normalize());
        }
        try {
            URI uri = URI.create(text);
            String[] who = uri.getRawUserInfo() == null
                    ? new String[] {System.getProperty("user.name"), ""}
                    : uri.getRawUserInfo().split(":", 2);
            String options = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
            String url = "jdbc:postgresql://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort())
                    + uri.getRawPath() + options;
            if (uri.getHost() == null || uri.getRawPath().length() < 2) {
                throw new IllegalArgumentException("no host or no database name");
            }
            return new Postgres(url, decoded(who[0]), who.length > 1 ? decoded(who[1]) : "");
        } catch (IllegalArgumentException e) {
            // The text is not repeated: it may hold a password.
            throw new TarnException(
                    ErrorCode.CONFIG_INVALID,
                    "the database's address is not understood: expected postgresql://user:password@host:port/name");
        }
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
