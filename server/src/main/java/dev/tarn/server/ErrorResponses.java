package dev.tarn.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Response;

/// Failures in the shape of Tarn's own API: `{"error": {"code", "message", "context"}}`.
final class ErrorResponses {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ErrorResponses() {}

    static Response json(Throwable failure) {
        ObjectNode body = JSON.createObjectNode();
        ObjectNode error = body.putObject("error");
        ErrorCode code = failure instanceof TarnException tarn ? tarn.code() : ErrorCode.INTERNAL_ERROR;
        error.put("code", code.name());
        error.put("message", String.valueOf(failure.getMessage()));
        if (failure instanceof TarnException tarn && !tarn.context().isEmpty()) {
            ObjectNode context = error.putObject("context");
            tarn.context().forEach(context::put);
        }
        return Response.json(status(code), body.toString());
    }

    static int status(ErrorCode code) {
        return switch (code) {
            case NOT_FOUND -> 404;
            case ALREADY_EXISTS -> 409;
            case UNAUTHENTICATED -> 401;
            case FORBIDDEN -> 403;
            case BODY_TOO_LARGE -> 413;
            case LIMIT_EXCEEDED -> 429;
            default ->
                switch (code.blame()) {
                    case USER -> 400;
                    case CONFLICT -> 409;
                    case RESOURCE -> 503;
                    case INTERNAL -> 500;
                };
        };
    }
}
