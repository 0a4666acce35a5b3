package dev.tarn.transform.context;

import java.util.ArrayList;
import java.util.List;

/// Cuts a text of SQL into its statements, as dbt's adapters do before they send it.
public final class SqlTexts {
    private SqlTexts() {}

    /// The statements between semicolons outside of quotes and comments; those that are only comments are left out.
    public static List<String> split(String text) {
        List<String> statements = new ArrayList<>();
        int start = 0;
        boolean empty = true;
        int at = 0;
        while (at < text.length()) {
            int end = skipped(text, at);
            if (text.charAt(at) == ';') {
                add(statements, text.substring(start, at), empty);
                start = at + 1;
                empty = true;
            } else if (!Character.isWhitespace(text.charAt(at)) && !isComment(text, at)) {
                empty = false;
            }
            at = end;
        }
        add(statements, text.substring(start), empty);
        return statements;
    }

    private static void add(List<String> statements, String statement, boolean empty) {
        if (!empty) {
            statements.add(statement.strip());
        }
    }

    private static boolean isComment(String text, int at) {
        return text.startsWith("--", at) || text.startsWith("/*", at);
    }

    /// Where what begins here ends: a quoted text, a comment, or one character.
    private static int skipped(String text, int at) {
        char c = text.charAt(at);
        if (c == '\'' || c == '"') {
            int end = text.indexOf(c, at + 1);
            return end < 0 ? text.length() : end + 1;
        }
        if (text.startsWith("--", at)) {
            int end = text.indexOf('\n', at);
            return end < 0 ? text.length() : end + 1;
        }
        if (text.startsWith("/*", at)) {
            int end = text.indexOf("*/", at + 2);
            return end < 0 ? text.length() : end + 2;
        }
        return at + 1;
    }
}
