package dev.tarn.govern.audit;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import java.time.Duration;
import java.time.Instant;

/// One thing that somebody did.
///
/// @param at when it began
/// @param action what sort of thing, such as `statement`, `commit`, `run`, `request`
/// @param object what it was done to or with: a statement's id, a table, a run's id, a path
/// @param outcome `OK`, or the stable code of the error it ended with
/// @param took from its beginning to its end
/// @param detail more for people, such as the statement's text; cut at [#DETAIL_CHARS_MAX]
public record AuditEntry(
        Instant at, Identity identity, String action, String object, String outcome, Duration took, String detail) {
    public static final String OK = "OK";

    /// The longest detail that is kept.
    public static final int DETAIL_CHARS_MAX = 10_000;

    public AuditEntry {
        // A lone half of a character at the cut would not be valid text.
        if (detail.length() > DETAIL_CHARS_MAX) {
            int end = DETAIL_CHARS_MAX - (Character.isHighSurrogate(detail.charAt(DETAIL_CHARS_MAX - 1)) ? 1 : 0);
            detail = detail.substring(0, end);
        }
    }

    /// Something that ended well.
    public static AuditEntry ok(Instant at, Identity identity, String action, String object, String detail) {
        return new AuditEntry(at, identity, action, object, OK, Duration.between(at, Instant.now()), detail);
    }

    /// Something that ended with an error.
    public static AuditEntry failed(Instant at, Identity identity, String action, String object, Throwable failure) {
        String code = failure instanceof TarnException known ? known.code().name() : ErrorCode.INTERNAL_ERROR.name();
        String detail = failure instanceof TarnException known ? known.describe() : String.valueOf(failure);
        return new AuditEntry(at, identity, action, object, code, Duration.between(at, Instant.now()), detail);
    }
}
