package dev.tarn.feature.definition;

import dev.tarn.core.config.Section;
import java.net.URI;
import java.util.Locale;

/// Where features are served from: `online-store` in one of the features' files.
public sealed interface StoreSetting {
    /// In the process.
    ///
    /// @param memoryBytes what its events may take
    record Embedded(long memoryBytes) implements StoreSetting {}

    /// In Redis.
    record Redis(URI address) implements StoreSetting {
        /// Without the password, which must not reach a log.
        @Override
        public String toString() {
            return "Redis[" + address.getHost() + ":" + address.getPort() + "]";
        }
    }

    /// What holds when nothing is said.
    StoreSetting DEFAULT = new Embedded(1L << 30);

    /// Reads `embedded`, `512MB` (embedded, with that much memory) or `redis://…`.
    static StoreSetting read(Section section, String key, String text) {
        if (text.toLowerCase(Locale.ROOT).startsWith("redis://") || text.startsWith("rediss://")) {
            try {
                return new Redis(URI.create(text));
            } catch (IllegalArgumentException e) {
                throw section.error(key, "expected redis://host:port/database");
            }
        }
        if (text.equals("embedded")) {
            return DEFAULT;
        }
        return new Embedded(section.optionalBytes(key).orElseThrow());
    }
}
