package dev.tarn.core.http;

/// One entry of a face's table of routes.
///
/// @param method `GET`, `POST`, `PUT`, `PATCH`, `DELETE` or `HEAD`
/// @param pattern a path such as `/v1/statement/{id}`; `{name}` is one segment, `<name>` the rest of the path
/// @param handler what answers; it may block, and runs on a virtual thread of its own
/// @param upload whether the body is a file, whose size has a larger limit than that of other requests
public record Route(String method, String pattern, Handler handler, boolean upload) {
    /// A route whose requests are small.
    public Route(String method, String pattern, Handler handler) {
        this(method, pattern, handler, false);
    }

    /// A route whose request's body is a file, to be read as a stream.
    public static Route upload(String method, String pattern, Handler handler) {
        return new Route(method, pattern, handler, true);
    }

    /// Answers a request. A [dev.tarn.core.error.TarnException] becomes the face's own shape of error.
    @FunctionalInterface
    public interface Handler {
        Response handle(Request request) throws Exception;
    }
}
