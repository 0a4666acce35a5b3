package dev.tarn.lake.rest;

import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Response;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.ForbiddenException;
import org.apache.iceberg.exceptions.NamespaceNotEmptyException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.NoSuchViewException;
import org.apache.iceberg.exceptions.NotAuthorizedException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.exceptions.UnprocessableEntityException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.rest.responses.ErrorResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Failures in the shape that Iceberg's clients understand.
final class RestErrors {
    private static final Logger LOG = LoggerFactory.getLogger(RestErrors.class);

    /// @param type the simple name of Iceberg's exception, which its clients raise again
    private record Kind(int status, String type) {}

    private RestErrors() {}

    static Response response(Throwable failure) {
        Kind kind = kind(failure);
        if (kind.status == 500) {
            LOG.error("A request of Iceberg's REST protocol failed", failure);
        }
        String message = failure instanceof TarnException e ? e.describe() : String.valueOf(failure.getMessage());
        ErrorResponse error = ErrorResponse.builder()
                .responseCode(kind.status)
                .withType(kind.type)
                .withMessage(message)
                .build();
        return Response.json(kind.status, RestJson.bytes(error));
    }

    private static Kind kind(Throwable failure) {
        return switch (failure) {
            case TarnException e -> kind(e);
            case NoSuchNamespaceException e -> named(404, e);
            case NoSuchTableException e -> named(404, e);
            case NoSuchViewException e -> named(404, e);
            case NotFoundException e -> named(404, e);
            case NamespaceNotEmptyException e -> named(409, e);
            case AlreadyExistsException e -> named(409, e);
            case CommitFailedException e -> named(409, e);
            case UnprocessableEntityException e -> named(422, e);
            case NotAuthorizedException e -> named(401, e);
            case ForbiddenException e -> named(403, e);
            case BadRequestException e -> named(400, e);
            case ValidationException e -> named(400, e);
            case IllegalArgumentException e -> new Kind(400, "IllegalArgumentException");
            case UnsupportedOperationException e -> new Kind(406, "UnsupportedOperationException");
            case CommitStateUnknownException e -> named(500, e);
            default -> new Kind(500, "InternalServerError");
        };
    }

    private static Kind kind(TarnException e) {
        return switch (e.code()) {
            case NOT_FOUND, PROJECT_NOT_FOUND -> new Kind(404, "NotFoundException");
            case ALREADY_EXISTS -> new Kind(409, "AlreadyExistsException");
            case UNAUTHENTICATED -> new Kind(401, "NotAuthorizedException");
            case FORBIDDEN -> new Kind(403, "ForbiddenException");
            case NOT_SUPPORTED -> new Kind(406, "UnsupportedOperationException");
            default ->
                switch (e.code().blame()) {
                    case USER -> new Kind(400, "BadRequestException");
                    case CONFLICT -> new Kind(409, "CommitFailedException");
                    case RESOURCE -> new Kind(503, "ServiceUnavailableException");
                    case INTERNAL -> new Kind(500, "InternalServerError");
                };
        };
    }

    private static Kind named(int status, Throwable failure) {
        return new Kind(status, failure.getClass().getSimpleName());
    }
}
