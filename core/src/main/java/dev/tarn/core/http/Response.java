package dev.tarn.core.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// One HTTP response: a status, headers, and a body that is written when the server asks for it.
public record Response(int status, Map<String, List<String>> headers, Body body) {
    /// Writes the body; called once, on the request's thread.
    @FunctionalInterface
    public interface Body {
        void writeTo(OutputStream out) throws IOException;
    }

    private static final Body EMPTY = out -> {};

    public Response {
        headers = Map.copyOf(headers);
    }

    /// A status without a body.
    public static Response of(int status) {
        return new Response(status, Map.of(), EMPTY);
    }

    /// JSON text in UTF-8.
    public static Response json(int status, String json) {
        return bytes(status, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    /// JSON bytes, already in UTF-8.
    public static Response json(int status, byte[] json) {
        return bytes(status, "application/json", json);
    }

    /// Plain text in UTF-8.
    public static Response text(int status, String text) {
        return bytes(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    /// Bytes of a media type.
    public static Response bytes(int status, String contentType, byte[] bytes) {
        return new Response(status, Map.of("Content-Type", List.of(contentType)), out -> out.write(bytes));
    }

    /// The same response with one more value of a header.
    public Response with(String header, String value) {
        Map<String, List<String>> more = new LinkedHashMap<>(headers);
        more.merge(
                header,
                List.of(value),
                (before, added) ->
                        Stream.concat(before.stream(), added.stream()).toList());
        return new Response(status, more, body);
    }
}
