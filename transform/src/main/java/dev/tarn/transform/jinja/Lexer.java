package dev.tarn.transform.jinja;

import dev.tarn.transform.jinja.Token.Kind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Cuts a template into tokens, with Jinja's whitespace control (`-`) and dbt's settings: no trimmed blocks,
/// and one newline at the end of the file is not part of the output.
final class Lexer {
    private static final Pattern RAW_BEGIN = Pattern.compile("\\{%([-+]?)\\s*raw\\s*(-?)%}");
    private static final Pattern RAW_END = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%}");
    private static final Pattern NAME = Pattern.compile("[\\p{L}_][\\p{L}\\p{N}_]*");
    private static final Pattern NUMBER =
            Pattern.compile("0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|\\d[\\d_]*(\\.\\d[\\d_]*)?([eE][+-]?\\d+)?");
    private static final List<String> OPERATORS = List.of(
            "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{",
            "}", ",", ":", ".", "|", ";");
    private static final Map<Character, String> ESCAPES =
            Map.of('n', "\n", 't', "\t", 'r', "\r", '\\', "\\", '\'', "'", '"', "\"", 'b', "\b", 'f', "\f", '0', "\0");

    private final String template;
    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    private int line = 1;
    private boolean trimNext;

    private Lexer(String template, String source) {
        this.template = template;
        this.source = source;
    }

    /// @param template the file's name, for errors
    static List<Token> tokens(String template, String source) {
        String text = source.replace("\r\n", "\n").replace('\r', '\n');
        if (text.endsWith("\n")) {
            text = text.substring(0, text.length() - 1);
        }
        Lexer lexer = new Lexer(template, text);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (position < source.length()) {
            int open = nextOpening();
            text(source.substring(position, open), open);
            if (open == source.length()) {
                break;
            }
            if (source.startsWith("{#", open)) {
                comment(open);
                continue;
            }
            Matcher raw = RAW_BEGIN.matcher(source).region(open, source.length());
            if (raw.lookingAt()) {
                raw(raw);
            } else {
                tag(open);
            }
        }
        tokens.add(new Token(Kind.END, "", line));
    }

    private int nextOpening() {
        for (int i = position; i + 1 < source.length(); i++) {
            if (source.charAt(i) == '{' && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return source.length();
    }

    private void text(String text, int end) {
        String kept = trimNext ? text.stripLeading() : text;
        if (end + 2 < source.length() && source.charAt(end + 2) == '-') {
            kept = kept.stripTrailing();
        }
        if (!kept.isEmpty()) {
            tokens.add(new Token(Kind.TEXT, kept, line));
        }
        trimNext = false;
        advance(end);
    }

    private void comment(int open) {
        int end = source.indexOf("#}", open + 2);
        if (end < 0) {
            throw error("this comment is never closed: '#}' is missing");
        }
        trimNext = source.charAt(end - 1) == '-' && end - 1 >= open + 2;
        advance(end + 2);
    }

    private void raw(Matcher begin) {
        Matcher end = RAW_END.matcher(source);
        if (!end.find(begin.end())) {
            throw error("'{% raw %}' is never closed: '{% endraw %}' is missing");
        }
        String text = source.substring(begin.end(), end.start());
        if (begin.group(2).equals("-")) {
            text = text.stripLeading();
        }
        if (end.group(1).equals("-")) {
            text = text.stripTrailing();
        }
        if (!text.isEmpty()) {
            tokens.add(new Token(Kind.TEXT, text, line));
        }
        trimNext = end.group(2).equals("-");
        advance(end.end());
    }

    private void tag(int open) {
        boolean block = source.charAt(open + 1) == '%';
        String close = block ? "%}" : "}}";
        int began = line;
        tokens.add(new Token(block ? Kind.BLOCK_BEGIN : Kind.OUTPUT_BEGIN, source.substring(open, open + 2), line));
        position = open + 2;
        if (position < source.length() && "-+".indexOf(source.charAt(position)) >= 0) {
            position++;
        }
        int depth = 0;
        while (true) {
            skipSpace();
            if (position >= source.length()) {
                throw new JinjaException("'" + (block ? "{%" : "{{") + "' is never closed: '" + close + "' is missing")
                        .at(template, began);
            }
            if (depth == 0 && endsHere(close)) {
                trimNext = source.charAt(position) == '-';
                tokens.add(new Token(block ? Kind.BLOCK_END : Kind.OUTPUT_END, close, line));
                position += source.charAt(position) == close.charAt(0) ? 2 : 3;
                return;
            }
            Token token = token();
            if (token.kind() == Kind.OPERATOR) {
                depth += switch (token.text()) {
                    case "(", "[", "{" -> 1;
                    case ")", "]", "}" -> -1;
                    default -> 0;
                };
                depth = Math.max(depth, 0);
            }
            tokens.add(token);
        }
    }

    private boolean endsHere(String close) {
        return source.startsWith(close, position)
                || source.startsWith("-" + close, position)
                || source.startsWith("+" + close, position);
    }

    private Token token() {
        char c = source.charAt(position);
        if (c == '"' || c == '\'') {
            return string(c);
        }
        Matcher number = NUMBER.matcher(source).region(position, source.length());
        if (Character.isDigit(c) && number.lookingAt()) {
            position = number.end();
            return new Token(Kind.NUMBER, number.group(), number(number.group()), line);
        }
        Matcher name = NAME.matcher(source).region(position, source.length());
        if (name.lookingAt()) {
            position = name.end();
            return new Token(Kind.NAME, name.group(), line);
        }
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, position)) {
                position += operator.length();
                return new Token(Kind.OPERATOR, operator, line);
            }
        }
        throw error("unexpected character '" + c + "'");
    }

    private static Number number(String text) {
        String digits = text.replace("_", "").toLowerCase(java.util.Locale.ROOT);
        int radix = digits.startsWith("0x") ? 16 : digits.startsWith("0b") ? 2 : digits.startsWith("0o") ? 8 : 10;
        if (radix != 10) {
            return Operators.compact(new BigInteger(digits.substring(2), radix));
        }
        boolean whole = digits.chars().allMatch(Character::isDigit);
        return whole ? Operators.compact(new BigInteger(digits)) : (Number) Double.valueOf(digits);
    }

    private Token string(char quote) {
        int began = line;
        StringBuilder text = new StringBuilder();
        for (int i = position + 1; i < source.length(); i++) {
            char c = source.charAt(i);
            if (c == quote) {
                advance(i + 1);
                return new Token(Kind.STRING, text.toString(), began);
            }
            if (c == '\\' && i + 1 < source.length()) {
                i = escape(i + 1, text);
            } else {
                text.append(c);
            }
        }
        throw error("this string is never closed: " + quote + " is missing");
    }

    /// Appends what the escape stands for and returns the index of its last character.
    private int escape(int at, StringBuilder text) {
        char c = source.charAt(at);
        int digits = switch (c) {
            case 'x' -> 2;
            case 'u' -> 4;
            case 'U' -> 8;
            default -> 0;
        };
        if (digits > 0 && at + digits < source.length()) {
            try {
                text.appendCodePoint(Integer.parseInt(source.substring(at + 1, at + 1 + digits), 16));
                return at + digits;
            } catch (IllegalArgumentException e) {
                throw error("'\\" + c + "' needs " + digits + " hexadecimal digits");
            }
        }
        if (c != '\n') {
            text.append(ESCAPES.getOrDefault(c, "\\" + c));
        }
        return at;
    }

    private void skipSpace() {
        int end = position;
        while (end < source.length() && Character.isWhitespace(source.charAt(end))) {
            end++;
        }
        advance(end);
    }

    private void advance(int end) {
        for (int i = position; i < end; i++) {
            if (source.charAt(i) == '\n') {
                line++;
            }
        }
        position = end;
    }

    private JinjaException error(String message) {
        return new JinjaException(message).at(template, line);
    }
}
