package dev.tarn.transform.jinja;

import org.jspecify.annotations.Nullable;

/// One token of a template.
///
/// @param kind what it is
/// @param text its text; a string's is unescaped
/// @param number a number's value
/// @param line 1-based, in the source file
record Token(Kind kind, String text, @Nullable Number number, int line) {
    enum Kind {
        TEXT,
        OUTPUT_BEGIN,
        OUTPUT_END,
        BLOCK_BEGIN,
        BLOCK_END,
        NAME,
        STRING,
        NUMBER,
        OPERATOR,
        END
    }

    Token(Kind kind, String text, int line) {
        this(kind, text, null, line);
    }

    boolean is(Kind other, String otherText) {
        return kind == other && text.equals(otherText);
    }

    /// For messages.
    String describe() {
        return switch (kind) {
            case TEXT -> "text";
            case OUTPUT_BEGIN, OUTPUT_END, BLOCK_BEGIN, BLOCK_END, NAME, OPERATOR, NUMBER -> "'" + text + "'";
            case STRING -> "the string '" + text + "'";
            case END -> "the end of the file";
        };
    }
}
