package dev.tarn.transform.jinja;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A template that cannot be read or evaluated. The place is added by the parser or interpreter, which know it.
public final class JinjaException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int MAX_CALLERS = 10;

    private @Nullable String place;
    private final ArrayList<String> callers = new ArrayList<>();

    public JinjaException(String message) {
        super(message);
    }

    public JinjaException(String message, Throwable cause) {
        super(message, cause);
    }

    /// Sets where it happened, once: the innermost place stays.
    public JinjaException at(String template, int line) {
        if (place == null) {
            place = template + ":" + line;
        }
        return this;
    }

    /// Adds the macro that was being run and where it was called.
    JinjaException calledFrom(String macro, String template, int line) {
        if (callers.size() < MAX_CALLERS) {
            callers.add("in macro " + macro + ", called at " + template + ":" + line);
        }
        return this;
    }

    /// The macros that were being run, innermost first.
    public List<String> callers() {
        return List.copyOf(callers);
    }

    /// The same for a person: `file:line: message`, then the macros on the way.
    public TarnException toTarn() {
        StringBuilder text = new StringBuilder();
        if (place != null) {
            text.append(place).append(": ");
        }
        text.append(getMessage());
        callers.forEach(caller -> text.append("\n  ").append(caller));
        if (getCause() instanceof TarnException cause) {
            return new TarnException(cause.code(), text.toString(), cause);
        }
        return new TarnException(ErrorCode.TEMPLATE_INVALID, text.toString(), this);
    }
}
