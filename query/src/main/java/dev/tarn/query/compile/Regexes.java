package dev.tarn.query.compile;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/// Regular expressions that DuckDB's RE2 matches exactly as Trino's Joni does: both only have to say whether some part
/// of a text is in a regular language. Taken are ASCII literals, classes of them, groups, alternatives, counts and
/// anchors. What Joni reads by Unicode's tables (`\d`, `\w`), what looks around or refers back, and whatever is
/// unclear is left to Trino's own code.
final class Regexes {
    /// Characters beside letters and digits that stand for themselves.
    private static final String PLAIN = " _-/:,;@#%=!~'\"<>";

    /// What may stand behind a backslash to mean itself.
    private static final String ESCAPED = ".\\+*?()[]{}|^$-/_@#%:,;=!~'\"<> ";

    /// RE2 writes counted parts out, and refuses what is counted a thousand times, groups within groups.
    private static final int REPEATS_MAX = 500;

    private final String pattern;
    private final StringBuilder out = new StringBuilder();
    private int at;

    /// For each open group, and the whole, how often a part of it is written out at the most.
    private final Deque<Long> repeats = new ArrayDeque<>(List.of(1L));

    /// How often a part of the last operand is.
    private long repeated = 1;

    /// Whether something stands before that a quantifier can follow.
    private boolean operand;

    private Regexes(String pattern) {
        this.pattern = pattern;
    }

    /// The same language in RE2's words, if it is known to be the same.
    static Optional<String> re2(String pattern) {
        Regexes regexes = new Regexes(pattern);
        return regexes.translate() ? Optional.of(regexes.out.toString()) : Optional.empty();
    }

    private boolean translate() {
        while (at < pattern.length()) {
            if (!next(pattern.charAt(at++))) {
                return false;
            }
        }
        return repeats.size() == 1;
    }

    private boolean next(char c) {
        return switch (c) {
            case '^' -> emit("^", false);
            // Joni's end may have one more line break behind it.
            case '$' -> emit("(?:\\n?\\z)", false);
            case '.' -> emit("[^\\n]", true);
            case '|' -> emit("|", false);
            case '(' -> open();
            case ')' -> close();
            case '[' -> characters();
            case '\\' ->
                at < pattern.length()
                        && ESCAPED.indexOf(pattern.charAt(at)) >= 0
                        && emit(literal(pattern.charAt(at++)), true);
            case '*', '+', '?' -> operand && quantified(String.valueOf(c));
            case '{' -> operand && counted();
            default -> isPlain(c) && emit(literal(c), true);
        };
    }

    private boolean emit(String text, boolean isOperand) {
        out.append(text);
        operand = isOperand;
        repeated = 1;
        return true;
    }

    private boolean open() {
        if (pattern.startsWith("?:", at)) {
            at += 2;
        } else if (pattern.startsWith("?", at)) {
            return false;
        }
        repeats.push(1L);
        return emit("(?:", false);
    }

    private boolean close() {
        if (repeats.size() == 1) {
            return false;
        }
        long inside = repeats.pop();
        emit(")", true);
        repeated = inside;
        return wroteOut(inside);
    }

    private boolean wroteOut(long times) {
        repeats.push(Math.max(repeats.pop(), times));
        return times <= REPEATS_MAX;
    }

    /// A quantifier, and the `?` that makes it lazy, which changes nothing here.
    private boolean quantified(String quantifier) {
        if (at < pattern.length() && pattern.charAt(at) == '?') {
            at++;
        }
        boolean another = at < pattern.length() && "*+?{".indexOf(pattern.charAt(at)) >= 0;
        return !another && emit(quantifier, false);
    }

    private boolean counted() {
        int end = pattern.indexOf('}', at);
        String count = end < 0 ? "" : pattern.substring(at, end);
        if (!count.matches("\\d{1,3}(,(\\d{1,3})?)?")) {
            return false;
        }
        at = end + 1;
        String[] ends = count.split(",", -1);
        int least = Integer.parseInt(ends[0]);
        int most = ends[ends.length - 1].isEmpty() ? least : Integer.parseInt(ends[ends.length - 1]);
        return least <= most && wroteOut(repeated * Math.max(1, most)) && quantified("{" + count + "}");
    }

    private boolean characters() {
        StringBuilder set = new StringBuilder("[");
        if (pattern.startsWith("^", at)) {
            set.append('^');
            at++;
        }
        int items = 0;
        while (at < pattern.length() && pattern.charAt(at) != ']') {
            char from = pattern.charAt(at++);
            if (from == '\\') {
                if (at == pattern.length() || ESCAPED.indexOf(pattern.charAt(at)) < 0) {
                    return false;
                }
                set.append(literal(pattern.charAt(at++)));
            } else if (isAlphanumeric(from) && pattern.startsWith("-", at) && !pattern.startsWith("-]", at)) {
                char to = at + 1 < pattern.length() ? pattern.charAt(at + 1) : ' ';
                if (!isAlphanumeric(to) || to < from) {
                    return false;
                }
                set.append(from).append('-').append(to);
                at += 2;
            } else if (isPlain(from) || ".+*?(){}|$".indexOf(from) >= 0) {
                boolean atAnEnd = items == 0 || pattern.startsWith("]", at);
                if (from == '-' && !atAnEnd) {
                    return false;
                }
                set.append(literal(from));
            } else {
                return false;
            }
            items++;
        }
        at++;
        return items > 0 && at <= pattern.length() && emit(set.append(']').toString(), true);
    }

    private static boolean isPlain(char c) {
        return isAlphanumeric(c) || PLAIN.indexOf(c) >= 0;
    }

    private static boolean isAlphanumeric(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    private static String literal(char c) {
        return isAlphanumeric(c) || c == '_' ? String.valueOf(c) : String.format("\\x%02x", (int) c);
    }
}
