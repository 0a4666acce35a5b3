package dev.tarn.core.project;

import dev.tarn.core.config.Section;
import java.nio.file.Path;
import java.util.regex.Pattern;

/// Where the catalog's pointers and all other state are: the key `database` of `tarn.yml`.
public sealed interface DatabaseSetting {
    /// A file in the project, which is the default.
    record Sqlite(Path file) implements DatabaseSetting {}

    /// A PostgreSQL database, as `postgresql://user:password@host:5432/name`; the password by
    /// reference to the environment.
    record PostgreSql(String url) implements DatabaseSetting {
        /// Without the password, which must not reach a log.
        @Override
        public String toString() {
            return "PostgreSql[" + PASSWORD.matcher(url).replaceFirst("$1:…@") + "]";
        }

        private static final Pattern PASSWORD = Pattern.compile("^([a-z]+://[^:/@]+):[^@]*@");
    }

    static DatabaseSetting read(Section section, Path folder) {
        String text = section.optionalString("database").orElse("");
        if (text.startsWith("postgresql://") || text.startsWith("postgres://")) {
            return new PostgreSql(text);
        }
        if (text.contains("://")) {
            throw section.error("database", "expected a file, or postgresql://user:password@host/name");
        }
        return new Sqlite(section.optionalPath("database").orElse(folder.resolve(".tarn/tarn.db")));
    }
}
