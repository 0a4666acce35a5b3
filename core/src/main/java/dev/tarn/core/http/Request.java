package dev.tarn.core.http;

import dev.tarn.core.identity.Identity;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One HTTP request, as a face sees it.
public interface Request {
    /// `GET`, `POST`, …
    String method();

    /// The decoded path, such as `/v1/statement`.
    String path();

    /// The decoded value of a `{name}` in the route's pattern.
    String pathParam(String name);

    /// All values of the query's parameters, decoded, in order.
    Map<String, List<String>> query();

    /// All values of a header, whose name is matched without case; empty when absent.
    List<String> headers(String name);

    /// Scheme and authority as the client wrote them, such as `http://127.0.0.1:7700`.
    String baseUrl();

    /// Who asks.
    Identity identity();

    /// The body, which may be read once. Limited in size by the server.
    InputStream body() throws IOException;

    /// The first value of a header, or null.
    default @Nullable String header(String name) {
        List<String> values = headers(name);
        return values.isEmpty() ? null : values.getFirst();
    }

    /// The first value of a query parameter, or null.
    default @Nullable String queryParam(String name) {
        List<String> values = query().getOrDefault(name, List.of());
        return values.isEmpty() ? null : values.getFirst();
    }
}
