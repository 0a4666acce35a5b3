package dev.tarn.cli;

import dev.tarn.core.error.TarnException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;
import org.jspecify.annotations.Nullable;

/// Completes keywords, and the names of schemas, tables and columns as the catalog has them.
final class SqlCompleter implements Completer {
    private static final String NAMES =
            "SELECT table_schema, table_name, column_name FROM tarn.information_schema.columns "
                    + "WHERE table_schema <> 'information_schema'";
    private static final List<String> KEYWORDS = List.of(
            ("ALTER ANALYZE AND AS ASC BETWEEN BY CASE CAST COMMENT COUNT CREATE CROSS CURRENT_DATE CURRENT_TIMESTAMP "
                            + "DEALLOCATE DELETE DESC DESCRIBE DISTINCT DROP ELSE END EXCEPT EXECUTE EXISTS EXPLAIN "
                            + "EXTRACT FALSE FETCH FILTER FIRST FROM FULL GROUP GROUPING HAVING IF IN INNER INSERT "
                            + "INTERSECT INTERVAL INTO IS JOIN LAST LATERAL LEFT LIKE LIMIT MERGE NATURAL NOT NULL "
                            + "NULLS OFFSET ON OR ORDER OUTER OVER PARTITION PREPARE RENAME RESET RIGHT ROLLUP ROW ROWS "
                            + "SCHEMA SCHEMAS SELECT SESSION SET SETS SHOW TABLE TABLES THEN TRUE TRY_CAST UNION UNNEST "
                            + "UPDATE USE USING VALUES VIEW WHEN WHERE WINDOW WITH")
                    .split(" "));

    private final SqlClient client;
    private @Nullable NavigableSet<String> names;

    SqlCompleter(SqlClient client) {
        this.client = client;
    }

    /// Reads the names again at the next completion: a statement may have changed them.
    void forget() {
        names = null;
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        String word = line.word().substring(0, line.wordCursor());
        for (String name : complete(word, names())) {
            candidates.add(new Candidate(name, name, null, null, null, null, !name.endsWith(".")));
        }
    }

    /// What a word can become: keywords in the case that was begun, then names up to their next dot.
    static List<String> complete(String word, NavigableSet<String> names) {
        List<String> found = new ArrayList<>();
        String upper = word.toUpperCase(Locale.ROOT);
        boolean lower = !word.isEmpty() && word.equals(word.toLowerCase(Locale.ROOT));
        if (word.indexOf('.') < 0) {
            KEYWORDS.stream()
                    .filter(keyword -> keyword.startsWith(upper))
                    .forEach(keyword -> found.add(lower ? keyword.toLowerCase(Locale.ROOT) : keyword));
        }
        String start = word.toLowerCase(Locale.ROOT);
        for (String name : names.tailSet(start)) {
            if (!name.startsWith(start)) {
                break;
            }
            found.add(name);
        }
        return found;
    }

    private NavigableSet<String> names() {
        if (names == null) {
            names = new TreeSet<>();
            try (SqlClient.Answer answer = client.execute(NAMES)) {
                for (var page = answer.next(); !page.isEmpty(); page = answer.next()) {
                    for (List<@Nullable Object> row : page) {
                        names.add(row.get(0) + ".");
                        names.add(row.get(0) + "." + row.get(1));
                        names.add(String.valueOf(row.get(1)));
                        names.add(String.valueOf(row.get(2)));
                    }
                }
            } catch (TarnException e) {
                // Completion is a help; the statement itself will say what is wrong.
                names = new TreeSet<>();
            }
        }
        return names;
    }
}
