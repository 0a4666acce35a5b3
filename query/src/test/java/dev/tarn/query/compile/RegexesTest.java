package dev.tarn.query.compile;

import static org.assertj.core.api.Assertions.assertThat;

import io.airlift.slice.Slices;
import io.trino.operator.scalar.JoniRegexpCasts;
import io.trino.operator.scalar.JoniRegexpFunctions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What is translated matches what Trino's own code matches, text for text.
class RegexesTest {
    private static final List<String> PATTERNS = List.of(
            "",
            "a",
            "^a",
            "a$",
            "^$",
            "^a$",
            "a^b",
            "^text [0-9]+$",
            "^[A-Z]{2}$",
            "^[A-Z]{2,}$",
            "^\\$-?[0-9,]+\\.[0-9]{2}$",
            "[^@ ]+@[^@ ]+\\.[^@ ]+",
            "[^a]",
            "^[^a-c]*$",
            "a.b",
            "^.*$",
            "^.{3}$",
            "a|b|",
            "(a|b)+c?",
            "^(?:ab|cd){1,3}?$",
            "a*?b",
            "[-a]",
            "[a-]",
            "[a\\-z]",
            "[.+*?()]",
            "^[a-z0-9._%+-]+@[a-z0-9.-]+\\.[a-z]{2,4}$",
            "\\(\\)\\[\\]\\{\\}\\\\",
            "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
            "(a$|b)",
            "$",
            "a$b");
    private static final List<String> TEXTS = List.of(
            "",
            "a",
            "b",
            "ab",
            "aab",
            "abc",
            "a\n",
            "a\n\n",
            "\na",
            "a\nb",
            "a\r\n",
            "a\u0085",
            "a\u2028",
            "\n",
            "text 12",
            "text 12\n",
            "xtext 1",
            "AZ",
            "AZ\n",
            "ABC",
            "ÄÖ",
            "$-77.00",
            "$1,234.50",
            "77.0",
            "me@here.org",
            "me @here.org",
            "日本語",
            "\uD83D\uDE00",
            "a\uD83D\uDE00b",
            "-",
            "z",
            ".",
            "()[]{}\\",
            "cdabcd",
            "123e4567-e89b-12d3-a456-426614174000",
            "A",
            "٣",
            "ſ",
            "K");

    @Test
    void theyMatchAlike() throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                PreparedStatement statement = connection.prepareStatement("SELECT regexp_matches(?, ?)")) {
            for (String pattern : PATTERNS) {
                String re2 = Regexes.re2(pattern).orElseThrow(() -> new AssertionError("refused: " + pattern));
                for (String text : TEXTS) {
                    boolean expected = JoniRegexpFunctions.regexpLike(
                            Slices.utf8Slice(text), JoniRegexpCasts.joniRegexp(Slices.utf8Slice(pattern)));
                    statement.setString(1, text);
                    statement.setString(2, re2);
                    try (ResultSet row = statement.executeQuery()) {
                        row.next();
                        assertThat(row.getBoolean(1))
                                .as("'%s' in '%s', as %s", pattern, text, re2)
                                .isEqualTo(expected);
                    }
                }
            }
        }
    }

    @Test
    void whatIsNotPlainIsLeftToTrino() {
        assertThat(List.of(
                        "\\d+",
                        "\\w",
                        "\\bword",
                        "(?i)a",
                        "(?=a)",
                        "(?<name>a)",
                        "(a)\\1",
                        "a++",
                        "a**",
                        "*a",
                        "(|*a)",
                        "a{,3}",
                        "a{3",
                        "[[:alpha:]]",
                        "[a&&b]",
                        "[]a]",
                        "[z-a]",
                        "[a",
                        "(a",
                        "a)",
                        "ä",
                        "\\p{L}",
                        "a{2}{3}",
                        "(a{100}){100}",
                        "[\\d]",
                        "\\",
                        "[a-\\d]",
                        "^*",
                        "]"))
                .allSatisfy(
                        pattern -> assertThat(Regexes.re2(pattern)).as(pattern).isEmpty());
    }
}
