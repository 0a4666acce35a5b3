package dev.tarn.govern.contract;

import dev.tarn.lake.state.Database;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

/// What checks have found of data files, which never change: parts of measures file by file, and sets of
/// files that are known to keep a rule together. Kept in the state database.
final class KnownResults {
    private static final String SCHEMA = """
            CREATE TABLE contract_file (
              rules TEXT NOT NULL, file TEXT NOT NULL, parts TEXT NOT NULL, PRIMARY KEY (rules, file));
            CREATE TABLE contract_kept (rule TEXT PRIMARY KEY, files TEXT NOT NULL, others TEXT NOT NULL);
            """;

    /// Results of files that are gone are forgotten once there are so many times as many of them as of those
    /// in use.
    private static final int GONE_MAX = 4;

    private static final int GONE_MIN = 1_000;

    private final Database database;

    private KnownResults(Database database) {
        this.database = database;
    }

    static KnownResults open(Database database) {
        database.migrate("contract-files", SCHEMA);
        return new KnownResults(database);
    }

    /// Files that keep a rule together.
    ///
    /// @param others files of another table that the rule is about
    record Kept(Set<String> files, Set<String> others) {}

    /// A short name for whatever a text says.
    static String digest(String text) {
        try {
            byte[] whole = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(whole, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The parts known of files, by file.
    ///
    /// @param rules a digest of the parts' SQL and of the table's schema
    Map<String, List<@Nullable BigDecimal>> parts(String rules) {
        Map<String, List<@Nullable BigDecimal>> parts = new HashMap<>();
        database.read(handle -> handle.createQuery("SELECT file, parts FROM contract_file WHERE rules = :rules")
                .bind("rules", rules)
                .map((row, context) -> parts.put(row.getString(1), numbers(row.getString(2))))
                .list());
        return parts;
    }

    /// Keeps the parts of files.
    ///
    /// @param inUse all files of the table
    void keep(String rules, Map<String, List<@Nullable BigDecimal>> parts, Collection<String> inUse) {
        database.writingSoon(handle -> {
            PreparedBatch batch = handle.prepareBatch("""
                    INSERT INTO contract_file (rules, file, parts) VALUES (:rules, :file, :parts)
                    ON CONFLICT (rules, file) DO NOTHING""");
            parts.forEach((file, values) -> batch.bind("rules", rules)
                    .bind("file", file)
                    .bind("parts", text(values))
                    .add());
            batch.execute();
            long known = handle.createQuery("SELECT COUNT(*) FROM contract_file WHERE rules = :rules")
                    .bind("rules", rules)
                    .mapTo(Long.class)
                    .one();
            if (known > GONE_MIN + (long) GONE_MAX * inUse.size()) {
                Set<String> kept = Set.copyOf(inUse);
                List<String> gone = handle.createQuery("SELECT file FROM contract_file WHERE rules = :rules")
                        .bind("rules", rules)
                        .mapTo(String.class)
                        .list();
                gone.stream()
                        .filter(file -> !kept.contains(file))
                        .forEach(file ->
                                handle.execute("DELETE FROM contract_file WHERE rules = ? AND file = ?", rules, file));
            }
        });
    }

    /// The largest set of files that is known to keep a rule.
    Optional<Kept> kept(String rule) {
        return database.read(handle -> handle.createQuery("SELECT files, others FROM contract_kept WHERE rule = :rule")
                .bind("rule", rule)
                .map((row, context) -> new Kept(words(row.getString(1)), words(row.getString(2))))
                .findOne());
    }

    void keep(String rule, Kept kept) {
        database.writingSoon(handle -> handle.createUpdate("""
                        INSERT INTO contract_kept (rule, files, others) VALUES (:rule, :files, :others)
                        ON CONFLICT (rule) DO UPDATE SET files = excluded.files, others = excluded.others""")
                .bind("rule", rule)
                .bind("files", String.join(" ", new TreeSet<>(kept.files())))
                .bind("others", String.join(" ", new TreeSet<>(kept.others())))
                .execute());
    }

    private static Set<String> words(String text) {
        return text.isEmpty() ? Set.of() : Set.of(text.split(" "));
    }

    private static String text(List<@Nullable BigDecimal> values) {
        StringBuilder text = new StringBuilder();
        for (BigDecimal value : values) {
            text.append(text.isEmpty() ? "" : ",").append(value == null ? "-" : value);
        }
        return text.toString();
    }

    private static List<@Nullable BigDecimal> numbers(String text) {
        List<@Nullable BigDecimal> numbers = new ArrayList<>();
        Arrays.stream(text.split(",")).forEach(word -> numbers.add(word.equals("-") ? null : new BigDecimal(word)));
        return numbers;
    }
}
