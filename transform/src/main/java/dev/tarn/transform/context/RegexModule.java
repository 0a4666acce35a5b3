package dev.tarn.transform.context;

import dev.tarn.transform.jinja.Arguments;
import dev.tarn.transform.jinja.Attributes;
import dev.tarn.transform.jinja.Callable;
import dev.tarn.transform.jinja.JinjaException;
import dev.tarn.transform.jinja.Python;
import dev.tarn.transform.jinja.Tuple;
import dev.tarn.transform.jinja.Undefined;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// `modules.re`: Python's regular expressions, as far as Java's are the same.
final class RegexModule implements Attributes {
    static final RegexModule OBJECT = new RegexModule();

    private static final Map<String, Integer> FLAGS = Map.of(
            "IGNORECASE", Pattern.CASE_INSENSITIVE,
            "I", Pattern.CASE_INSENSITIVE,
            "MULTILINE", Pattern.MULTILINE,
            "M", Pattern.MULTILINE,
            "DOTALL", Pattern.DOTALL,
            "S", Pattern.DOTALL,
            "VERBOSE", Pattern.COMMENTS,
            "X", Pattern.COMMENTS);

    private RegexModule() {}

    @Override
    public @Nullable Object attribute(String name) {
        Integer flag = FLAGS.get(name);
        if (flag != null) {
            return (long) flag;
        }
        return switch (name) {
            case "compile" -> (Callable) args -> new Compiled(pattern(args, 1));
            case "escape" -> (Callable) args -> args.text(0, "pattern").replaceAll("([^A-Za-z0-9_])", "\\\\$1");
            case "match", "search", "fullmatch", "findall", "finditer" ->
                (Callable) args -> apply(name, pattern(args, 2), args.from(1));
            case "split" -> (Callable) args -> apply(name, pattern(args, 3), args.from(1));
            case "sub" -> (Callable) args -> apply(name, pattern(args, 4), args.from(1));
            default -> new Undefined("re." + name);
        };
    }

    private static Pattern pattern(Arguments args, int flagsAt) {
        if (args.get(0, "pattern") instanceof Compiled compiled) {
            return compiled.pattern();
        }
        try {
            return Pattern.compile(args.text(0, "pattern"), args.integer(flagsAt, "flags", 0));
        } catch (PatternSyntaxException e) {
            throw new JinjaException("the pattern is wrong: " + e.getMessage(), e);
        }
    }

    private record Compiled(Pattern pattern) implements Attributes {
        @Override
        public @Nullable Object attribute(String name) {
            return switch (name) {
                case "pattern" -> pattern.pattern();
                case "match", "search", "fullmatch", "findall", "finditer", "split", "sub" ->
                    (Callable) args -> apply(name, pattern, args);
                default -> new Undefined("pattern." + name);
            };
        }
    }

    private static @Nullable Object apply(String function, Pattern pattern, Arguments args) {
        if (function.equals("sub")) {
            return replaced(pattern, args);
        }
        Matcher matcher = pattern.matcher(args.text(0, "string"));
        return switch (function) {
            case "match" -> matcher.lookingAt() ? new Found(matcher.toMatchResult()) : null;
            case "search" -> matcher.find() ? new Found(matcher.toMatchResult()) : null;
            case "fullmatch" -> matcher.matches() ? new Found(matcher.toMatchResult()) : null;
            case "finditer" ->
                new ArrayList<Object>(matcher.results().map(Found::new).toList());
            case "findall" ->
                new ArrayList<Object>(matcher.results().map(RegexModule::listed).toList());
            default -> new ArrayList<Object>(List.of(pattern.split(args.text(0, "string"), splits(args))));
        };
    }

    private static int splits(Arguments args) {
        int most = args.integer(1, "maxsplit", 0);
        return most <= 0 ? -1 : most + 1;
    }

    /// As `findall` gives it: the text, or the only group, or the groups.
    private static Object listed(MatchResult result) {
        return switch (result.groupCount()) {
            case 0 -> result.group();
            case 1 -> Python.str(result.group(1) == null ? "" : result.group(1));
            default -> groups(result);
        };
    }

    private static Tuple groups(MatchResult result) {
        List<@Nullable Object> groups = new ArrayList<>();
        for (int i = 1; i <= result.groupCount(); i++) {
            groups.add(result.group(i));
        }
        return new Tuple(groups);
    }

    private static String replaced(Pattern pattern, Arguments args) {
        Matcher matcher = pattern.matcher(args.text(1, "string"));
        int most = args.integer(2, "count", 0);
        StringBuilder out = new StringBuilder();
        for (int i = 0; (most <= 0 || i < most) && matcher.find(); i++) {
            String by = args.get(0, "repl") instanceof Callable function
                    ? Matcher.quoteReplacement(
                            Python.str(function.call(Arguments.of(List.of(new Found(matcher.toMatchResult()))))))
                    : args.text(0, "repl")
                            .replace("$", "\\$")
                            .replaceAll("\\\\g<(\\w+)>", "\\${$1}")
                            .replaceAll("\\\\(\\d)", "\\$$1");
            matcher.appendReplacement(out, by);
        }
        return matcher.appendTail(out).toString();
    }

    private record Found(MatchResult result) implements Attributes {
        @Override
        public @Nullable Object attribute(String name) {
            return switch (name) {
                case "group" ->
                    (Callable) args -> args.get(0, "group", 0L) instanceof Number number
                            ? result.group(number.intValue())
                            : result.group(args.text(0, "group"));
                case "groups" -> (Callable) args -> groups(result);
                case "groupdict" ->
                    (Callable) args -> {
                        Map<String, @Nullable Object> groups = new HashMap<>();
                        result.namedGroups().keySet().forEach(group -> groups.put(group, result.group(group)));
                        return groups;
                    };
                case "start" -> (Callable) args -> (long) result.start();
                case "end" -> (Callable) args -> (long) result.end();
                case "span" -> (Callable) args -> Tuple.of((long) result.start(), (long) result.end());
                default -> new Undefined("match." + name);
            };
        }
    }
}
