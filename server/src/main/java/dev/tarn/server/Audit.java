package dev.tarn.server;

import dev.tarn.core.http.Request;
import dev.tarn.core.identity.Identity;
import dev.tarn.govern.audit.AuditEntry;
import dev.tarn.govern.audit.AuditLog;
import dev.tarn.query.StatementInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/// Writes into the audit log what came in over HTTP: every statement, and every other request that may change
/// something or that was refused.
final class Audit {
    private static final Set<String> READING = Set.of("GET", "HEAD");

    private final AuditLog log;

    Audit(AuditLog log) {
        this.log = log;
    }

    void statementEnded(StatementInfo statement) {
        log.appendSoon(new AuditEntry(
                statement.created(),
                statement.identity(),
                "statement",
                statement.id(),
                statement.error().map(error -> error.code().getName()).orElse(AuditEntry.OK),
                statement.elapsed(),
                statement.sql()));
    }

    /// @param request whose identity is that of nobody when it was refused
    void answered(String face, Request request, int status, long nanos) {
        boolean refused = status == 401 || status == 403;
        boolean statement = face.equals("trino");
        // A prediction leaves a receipt that says who asked; looking features up changes nothing.
        boolean reading = READING.contains(request.method())
                || face.equals("predict")
                || request.path().equals("/get-online-features");
        if (!refused && (statement || reading)) {
            return;
        }
        Identity who = request.identity();
        Duration took = Duration.ofNanos(nanos);
        log.appendSoon(new AuditEntry(
                Instant.now().minus(took),
                who,
                "request",
                request.method() + " " + request.path(),
                status < 400 ? AuditEntry.OK : "HTTP_" + status,
                took,
                face));
    }
}
