package dev.tarn.transform.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The methods of Python's `str`.
final class StringMethods {
    private interface Method {
        @Nullable
        Object call(String self, Arguments arguments);
    }

    private static final Map<String, Method> METHODS = Map.ofEntries(
            Map.entry("upper", (self, args) -> self.toUpperCase(Locale.ROOT)),
            Map.entry("lower", (self, args) -> self.toLowerCase(Locale.ROOT)),
            Map.entry("casefold", (self, args) -> self.toLowerCase(Locale.ROOT)),
            Map.entry("capitalize", (self, args) -> capitalize(self)),
            Map.entry("title", (self, args) -> title(self)),
            Map.entry("swapcase", (self, args) -> swapCase(self)),
            Map.entry("strip", (self, args) -> strip(self, args, true, true)),
            Map.entry("lstrip", (self, args) -> strip(self, args, true, false)),
            Map.entry("rstrip", (self, args) -> strip(self, args, false, true)),
            Map.entry("startswith", (self, args) -> anyAffix(args, self::startsWith)),
            Map.entry("endswith", (self, args) -> anyAffix(args, self::endsWith)),
            Map.entry("removeprefix", (self, args) -> {
                String prefix = args.text(0, "prefix");
                return self.startsWith(prefix) ? self.substring(prefix.length()) : self;
            }),
            Map.entry("removesuffix", (self, args) -> {
                String suffix = args.text(0, "suffix");
                return !suffix.isEmpty() && self.endsWith(suffix)
                        ? self.substring(0, self.length() - suffix.length())
                        : self;
            }),
            Map.entry(
                    "replace",
                    (self, args) ->
                            replace(self, args.text(0, "old"), args.text(1, "new"), args.integer(2, "count", -1))),
            Map.entry("split", (self, args) -> split(self, args, false)),
            Map.entry("rsplit", (self, args) -> split(self, args, true)),
            Map.entry(
                    "splitlines",
                    (self, args) -> self.isEmpty()
                            ? new ArrayList<>()
                            : new ArrayList<>(self.lines().toList())),
            Map.entry("partition", (self, args) -> partition(self, args.text(0, "sep"), false)),
            Map.entry("rpartition", (self, args) -> partition(self, args.text(0, "sep"), true)),
            Map.entry(
                    "join",
                    (self, args) -> String.join(
                            self,
                            Python.iterate(args.get(0, "iterable")).stream()
                                    .map(Python::str)
                                    .toList())),
            Map.entry("find", (self, args) -> (long) self.indexOf(args.text(0, "sub"), args.integer(1, "start", 0))),
            Map.entry("rfind", (self, args) -> (long) self.lastIndexOf(args.text(0, "sub"))),
            Map.entry("index", (self, args) -> {
                int index = self.indexOf(args.text(0, "sub"));
                if (index < 0) {
                    throw new JinjaException("index: '" + args.text(0, "sub") + "' is not in '" + self + "'");
                }
                return (long) index;
            }),
            Map.entry("count", (self, args) -> (long) self.split(Pattern.quote(args.text(0, "sub")), -1).length - 1),
            Map.entry("zfill", (self, args) -> {
                int sign = self.startsWith("-") || self.startsWith("+") ? 1 : 0;
                int missing = Math.max(0, args.integer(0, "width", 0) - self.length());
                return self.substring(0, sign) + "0".repeat(missing) + self.substring(sign);
            }),
            Map.entry("ljust", (self, args) -> self + padding(self, args)),
            Map.entry("rjust", (self, args) -> padding(self, args) + self),
            Map.entry("center", (self, args) -> {
                String padding = padding(self, args);
                int left = padding.length() / 2;
                return padding.substring(0, left) + self + padding.substring(left);
            }),
            Map.entry("format", (self, args) -> TextFormat.braces(self, args)),
            Map.entry("isdigit", (self, args) -> all(self, Character::isDigit)),
            Map.entry("isdecimal", (self, args) -> all(self, Character::isDigit)),
            Map.entry("isnumeric", (self, args) -> all(self, Character::isDigit)),
            Map.entry("isalpha", (self, args) -> all(self, Character::isLetter)),
            Map.entry("isalnum", (self, args) -> all(self, Character::isLetterOrDigit)),
            Map.entry("isspace", (self, args) -> all(self, Character::isWhitespace)),
            Map.entry(
                    "isupper",
                    (self, args) -> self.equals(self.toUpperCase(Locale.ROOT))
                            && self.chars().anyMatch(Character::isLetter)),
            Map.entry(
                    "islower",
                    (self, args) -> self.equals(self.toLowerCase(Locale.ROOT))
                            && self.chars().anyMatch(Character::isLetter)),
            Map.entry("encode", (self, args) -> self));

    private StringMethods() {}

    static @Nullable Callable of(String self, String name) {
        Method method = METHODS.get(name);
        return method == null ? null : arguments -> method.call(self, arguments);
    }

    static String capitalize(String text) {
        return text.isEmpty()
                ? text
                : text.substring(0, 1).toUpperCase(Locale.ROOT)
                        + text.substring(1).toLowerCase(Locale.ROOT);
    }

    static String title(String text) {
        StringBuilder out = new StringBuilder();
        boolean inWord = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            out.append(inWord ? Character.toLowerCase(c) : Character.toUpperCase(c));
            inWord = Character.isLetter(c);
        }
        return out.toString();
    }

    private static String swapCase(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            out.append(Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c));
        }
        return out.toString();
    }

    /// Strips the characters given, or white space.
    static String strip(String text, Arguments args, boolean left, boolean right) {
        String chars = args.textOrNull(0, "chars");
        IntPredicate stripped = chars == null ? Character::isWhitespace : c -> chars.indexOf(c) >= 0;
        int from = 0;
        int to = text.length();
        while (left && from < to && stripped.test(text.charAt(from))) {
            from++;
        }
        while (right && to > from && stripped.test(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }

    private static boolean anyAffix(Arguments args, java.util.function.Predicate<String> has) {
        Object affix = args.get(0, "affix");
        return affix instanceof List<?> several
                ? several.stream().map(Python::str).anyMatch(has)
                : has.test(Python.str(affix));
    }

    static String replace(String text, String old, String with, int count) {
        if (count < 0) {
            return text.replace(old, with);
        }
        String replaced = text;
        int from = 0;
        for (int i = 0; i < count; i++) {
            int at = replaced.indexOf(old, from);
            if (at < 0) {
                break;
            }
            replaced = replaced.substring(0, at) + with + replaced.substring(at + old.length());
            from = at + with.length();
        }
        return replaced;
    }

    private static List<@Nullable Object> split(String text, Arguments args, boolean fromRight) {
        String separator = args.textOrNull(0, "sep");
        int most = args.integer(1, "maxsplit", -1);
        if (separator == null) {
            String stripped = text.strip();
            return stripped.isEmpty()
                    ? new ArrayList<>()
                    : new ArrayList<>(Arrays.asList(stripped.split("\\s+", most < 0 ? 0 : most + 1)));
        }
        if (separator.isEmpty()) {
            throw new JinjaException("split: the separator is empty");
        }
        List<String> parts = new ArrayList<>(Arrays.asList(text.split(Pattern.quote(separator), -1)));
        if (most >= 0 && parts.size() > most + 1) {
            int head = fromRight ? parts.size() - most : most;
            List<String> joined = fromRight ? parts.subList(0, head) : parts.subList(head, parts.size());
            String together = String.join(separator, joined);
            joined.clear();
            parts.add(fromRight ? 0 : parts.size(), together);
        }
        return new ArrayList<>(parts);
    }

    private static Tuple partition(String text, String separator, boolean last) {
        int at = last ? text.lastIndexOf(separator) : text.indexOf(separator);
        if (at < 0) {
            return last ? Tuple.of("", "", text) : Tuple.of(text, "", "");
        }
        return Tuple.of(text.substring(0, at), separator, text.substring(at + separator.length()));
    }

    private static String padding(String text, Arguments args) {
        String fill = args.textOr(1, "fillchar", " ");
        return fill.repeat(Math.max(0, args.integer(0, "width", 0) - text.length()));
    }

    private static boolean all(String text, IntPredicate predicate) {
        return !text.isEmpty() && text.codePoints().allMatch(predicate);
    }
}
