package dev.tarn.core.config;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Replaces `${var.name}` and `${env.NAME}` in a project's values. A secret is written as a reference
/// to the environment, never as itself.
public record Interpolation(Map<String, String> vars, Map<String, String> environment) {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(var|env)\\.([A-Za-z_][A-Za-z0-9_]*)}");

    /// No variables, and the environment of this process.
    public static Interpolation ofEnvironment() {
        return new Interpolation(Map.of(), System.getenv());
    }

    /// Replaces nothing that has no value: for files of other standards, whose `${…}` means something else.
    public static Interpolation none() {
        return new Interpolation(Map.of(), Map.of());
    }

    /// The text with its references replaced.
    ///
    /// @throws UnknownReferenceException when a reference has no value
    public String resolve(String text) throws UnknownReferenceException {
        Matcher matcher = REFERENCE.matcher(text);
        StringBuilder out = new StringBuilder();
        while (matcher.find()) {
            String name = matcher.group(2);
            boolean isVar = matcher.group(1).equals("var");
            String value = Optional.ofNullable((isVar ? vars : environment).get(name))
                    .orElseThrow(() -> new UnknownReferenceException(
                            isVar
                                    ? "the variable '" + name
                                            + "' has no value: set it under vars in tarn.yml or with --var " + name
                                            + "=…"
                                    : "the environment variable " + name + " is not set"));
            matcher.appendReplacement(out, Matcher.quoteReplacement(value));
        }
        return matcher.appendTail(out).toString();
    }

    /// A reference without a value.
    public static final class UnknownReferenceException extends Exception {
        private static final long serialVersionUID = 1L;

        UnknownReferenceException(String message) {
            super(message);
        }
    }
}
