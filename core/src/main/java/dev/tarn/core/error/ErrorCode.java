package dev.tarn.core.error;

import static dev.tarn.core.error.Blame.CONFLICT;
import static dev.tarn.core.error.Blame.INTERNAL;
import static dev.tarn.core.error.Blame.RESOURCE;
import static dev.tarn.core.error.Blame.USER;

/// Every error that Tarn reports. Names are stable: scripts and clients match on them.
/// `docs/reference/errors.md` describes each one.
public enum ErrorCode {
    // The project's files and the command line
    CONFIG_INVALID(USER),
    PROJECT_NOT_FOUND(USER),
    USAGE(USER),
    TEMPLATE_INVALID(USER),

    // Runs
    STEP_FAILED(USER),
    CHECK_FAILED(USER),
    RUN_IN_PROGRESS(CONFLICT),

    // Requests
    BAD_REQUEST(USER),
    BODY_TOO_LARGE(USER),
    NOT_FOUND(USER),
    ALREADY_EXISTS(USER),
    UNAUTHENTICATED(USER),
    FORBIDDEN(USER),
    NOT_SUPPORTED(USER),

    // SQL
    SQL_INVALID(USER),
    QUERY_FAILED(USER),

    // Models
    MODEL_INVALID(USER),

    // Sources
    SOURCE_UNREADABLE(USER),
    TOO_MANY_REJECTS(USER),

    // Lake
    COMMIT_CONFLICT(CONFLICT),
    PUBLISH_CONFLICT(CONFLICT),
    DATA_CORRUPT(RESOURCE),
    WAREHOUSE_TOO_NEW(USER),

    // Governance
    CONTRACT_BROKEN(USER),

    // Resources
    STORAGE_FAILED(RESOURCE),
    DATABASE_FAILED(RESOURCE),
    LIMIT_EXCEEDED(RESOURCE),
    CANCELLED(RESOURCE),
    PORT_IN_USE(RESOURCE),
    SERVER_RUNNING(RESOURCE),
    UNAVAILABLE(RESOURCE),

    // Defects
    INTERNAL_ERROR(INTERNAL);

    private final Blame blame;

    ErrorCode(Blame blame) {
        this.blame = blame;
    }

    /// Whose turn it is to act.
    public Blame blame() {
        return blame;
    }
}
