package dev.tarn.serve.predict;

import dev.tarn.core.error.Blame;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Response;

/// Errors of services: `{"error": "…", "code": "BAD_REQUEST"}`.
public final class ServeErrors {
    private ServeErrors() {}

    public static Response response(Throwable failure) {
        if (!(failure instanceof TarnException e) || e.code().blame() == Blame.INTERNAL) {
            return json(500, "INTERNAL_ERROR", "an internal error; the server's log says more");
        }
        int status = switch (e.code()) {
            case NOT_FOUND -> 404;
            case UNAUTHENTICATED -> 401;
            case FORBIDDEN -> 403;
            case LIMIT_EXCEEDED -> 429;
            case BODY_TOO_LARGE -> 413;
            case BAD_REQUEST, NOT_SUPPORTED, SQL_INVALID, QUERY_FAILED -> 400;
            default -> e.code().blame() == Blame.USER ? 422 : 503;
        };
        return json(status, e.code().name(), e.describe());
    }

    private static Response json(int status, String code, String message) {
        return Response.json(
                status,
                PredictFace.JSON
                        .createObjectNode()
                        .put("error", message)
                        .put("code", code)
                        .toString());
    }
}
