package dev.tarn.cli;

import java.util.List;
import org.jline.reader.EOFError;
import org.jline.reader.ParsedLine;
import org.jline.reader.impl.DefaultParser;

/// Reads lines until a statement's ';' (outside of quotes and comments), or a word that leaves.
final class SqlLines extends DefaultParser {
    SqlLines() {
        setQuoteChars(new char[0]);
        setEscapeChars(new char[0]);
    }

    @Override
    public ParsedLine parse(String line, int cursor, ParseContext context) {
        if (context == ParseContext.ACCEPT_LINE && !complete(line)) {
            throw new EOFError(-1, -1, "the statement has no ';' yet");
        }
        return super.parse(line, cursor, context);
    }

    @Override
    public boolean isDelimiterChar(CharSequence text, int position) {
        return Character.isWhitespace(text.charAt(position)) || "(),=<>+*/;".indexOf(text.charAt(position)) >= 0;
    }

    static boolean complete(String text) {
        String stripped = text.strip();
        return stripped.isEmpty()
                || List.of("quit", "exit").contains(stripped.toLowerCase(java.util.Locale.ROOT))
                || endsStatement(text);
    }

    private static boolean endsStatement(String text) {
        boolean ended = false;
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\'' || c == '"') {
                int close = text.indexOf(c, at + 1);
                if (close < 0) {
                    return false;
                }
                at = close + 1;
                ended = false;
            } else if (text.startsWith("--", at)) {
                int newline = text.indexOf('\n', at);
                at = newline < 0 ? text.length() : newline + 1;
            } else if (text.startsWith("/*", at)) {
                int close = text.indexOf("*/", at + 2);
                if (close < 0) {
                    return false;
                }
                at = close + 2;
            } else {
                ended = c == ';' || (ended && Character.isWhitespace(c));
                at++;
            }
        }
        return ended;
    }
}
