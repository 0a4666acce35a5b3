package dev.tarn.core.error;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The one exception that Tarn throws for anything a person may have to act on.
///
/// The message names the thing and the way out, in words for the person who caused or must mend it.
/// Context (file, table, run) is added by the layer that knows it, with [#in].
public final class TarnException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final Map<String, String> context = new LinkedHashMap<>();

    /// An error without a cause worth keeping.
    public TarnException(ErrorCode code, String message) {
        this(code, message, null);
    }

    /// An error with its cause.
    public TarnException(ErrorCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /// The stable code.
    public ErrorCode code() {
        return code;
    }

    /// Adds where it happened, such as `in("table", "gold.payments")`; the innermost layer's word stays.
    public TarnException in(String what, Object where) {
        context.putIfAbsent(what, where.toString());
        return this;
    }

    /// Where it happened, innermost first.
    public Map<String, String> context() {
        return Collections.unmodifiableMap(context);
    }

    /// The message followed by its context, on one line.
    public String describe() {
        StringBuilder text = new StringBuilder(String.valueOf(getMessage()));
        if (!context.isEmpty()) {
            text.append(" (");
            context.forEach(
                    (what, where) -> text.append(what).append(' ').append(where).append(", "));
            text.setLength(text.length() - 2);
            text.append(')');
        }
        return text.toString();
    }
}
