package dev.tarn.interop.differential;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The forms of expression that the generator may write, read from `productions.txt`.
final class Productions {
    /// Types whose values have no order.
    static final Set<String> UNORDERED = Set.of("map(varchar,bigint)", "json");

    private static final Pattern LINE = Pattern.compile("(\\w+) (\\S+): (.*)");
    private static final Pattern SLOT = Pattern.compile("\\{([^{}\"]+)}");
    private static final Pattern RANGE = Pattern.compile("(\\d+)\\.\\.(\\d+)");
    private static final Pattern LAMBDA = Pattern.compile("(\\S+)/(\\w+) (\\S+)");

    private final Map<String, List<Production>> byKind;

    private Productions(Map<String, List<Production>> byKind) {
        this.byKind = byKind;
    }

    /// One line of the file.
    ///
    /// @param type a type, or `T` or `O` for any
    record Production(String kind, String type, List<String> text, List<Slot> slots) {
        boolean makes(String wanted) {
            return type.equals(wanted) || type.equals("T") || (type.equals("O") && !UNORDERED.contains(wanted));
        }
    }

    /// A place in a template.
    sealed interface Slot {
        /// An expression of a type; `T`, `O`: of the line's type.
        record Typed(String type) implements Slot {}

        /// An expression that may use one more variable.
        record Lambda(String type, String variable, String variableType) implements Slot {}

        /// A whole number.
        record Range(int from, int to) implements Slot {}

        /// What identifies a row of the statement's FROM.
        record Id() implements Slot {}
    }

    static Productions load() {
        try (InputStream in =
                Objects.requireNonNull(Productions.class.getResourceAsStream("productions.txt"), "productions.txt")) {
            return new Productions(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(Productions::parse)
                    .collect(Collectors.groupingBy(Production::kind)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The lines of a kind that make a value of a type.
    List<Production> making(String kind, String type) {
        return of(kind).stream().filter(line -> line.makes(type)).toList();
    }

    /// The lines of a kind.
    List<Production> of(String kind) {
        return byKind.getOrDefault(kind, List.of());
    }

    private static Production parse(String line) {
        Matcher parts = LINE.matcher(line);
        if (!parts.matches()) {
            throw new IllegalArgumentException("not a production: " + line);
        }
        List<String> text = new ArrayList<>();
        List<Slot> slots = new ArrayList<>();
        String template = parts.group(3);
        Matcher slot = SLOT.matcher(template);
        int from = 0;
        while (slot.find()) {
            text.add(template.substring(from, slot.start()));
            slots.add(slot(slot.group(1), line));
            from = slot.end();
        }
        text.add(template.substring(from));
        return new Production(parts.group(1), parts.group(2), List.copyOf(text), List.copyOf(slots));
    }

    private static Slot slot(String text, String line) {
        Matcher range = RANGE.matcher(text);
        if (range.matches()) {
            return new Slot.Range(Integer.parseInt(range.group(1)), Integer.parseInt(range.group(2)));
        }
        Matcher lambda = LAMBDA.matcher(text);
        if (lambda.matches()) {
            return new Slot.Lambda(lambda.group(1), lambda.group(2), lambda.group(3));
        }
        if (text.equals("id")) {
            return new Slot.Id();
        }
        if (!Literals.TYPES.contains(text) && !text.equals("T") && !text.equals("O")) {
            throw new IllegalArgumentException("no type " + text + " in: " + line);
        }
        return new Slot.Typed(text);
    }
}
