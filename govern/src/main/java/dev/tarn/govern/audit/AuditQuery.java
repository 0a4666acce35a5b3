package dev.tarn.govern.audit;

import java.time.Instant;
import java.util.Optional;

/// Which entries to find; whatever is empty does not restrict.
///
/// @param since the earliest, included
/// @param until the latest, not included
/// @param limit at most so many, the newest first
public record AuditQuery(
        Optional<String> user,
        Optional<String> action,
        Optional<String> object,
        Optional<Instant> since,
        Optional<Instant> until,
        int limit) {
    public static final int LIMIT_MAX = 100_000;

    public AuditQuery {
        if (limit < 1 || limit > LIMIT_MAX) {
            throw new IllegalArgumentException("limit " + limit);
        }
    }

    /// The newest entries.
    public static AuditQuery newest(int limit) {
        return new AuditQuery(
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), limit);
    }

    /// Only those of one action.
    public AuditQuery ofAction(String wanted) {
        return new AuditQuery(user, Optional.of(wanted), object, since, until, limit);
    }

    /// Only those of one user.
    public AuditQuery ofUser(String wanted) {
        return new AuditQuery(Optional.of(wanted), action, object, since, until, limit);
    }
}
