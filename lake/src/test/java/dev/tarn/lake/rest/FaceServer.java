package dev.tarn.lake.rest;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.core.identity.Identity;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;

/// Serves one face over HTTP on loopback, for tests: the JDK's own server, and users as they say they are.
public final class FaceServer implements AutoCloseable {
    private final HttpServer server;
    private final Face face;

    public FaceServer(Face face) {
        try {
            this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.face = face;
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::serve);
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void serve(HttpExchange exchange) throws IOException {
        Response response = answer(exchange);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        response.body().writeTo(body);
        response.headers()
                .forEach((name, values) -> exchange.getResponseHeaders().put(name, values));
        exchange.sendResponseHeaders(response.status(), body.size() == 0 ? -1 : body.size());
        exchange.getResponseBody().write(body.toByteArray());
        exchange.close();
    }

    private Response answer(HttpExchange exchange) {
        for (Route route : face.routes()) {
            Optional<Map<String, String>> params = match(route, exchange);
            if (params.isPresent()) {
                Request request = new Exchange(exchange, params.get());
                try {
                    return route.handler().handle(request);
                } catch (Exception e) {
                    return face.error(request, e);
                }
            }
        }
        return Response.text(404, "no such path");
    }

    private static Optional<Map<String, String>> match(Route route, HttpExchange exchange) {
        String[] pattern = route.pattern().split("/", -1);
        String[] path = exchange.getRequestURI().getRawPath().split("/", -1);
        if (!route.method().equals(exchange.getRequestMethod()) || pattern.length != path.length) {
            return Optional.empty();
        }
        Map<String, String> params = new HashMap<>();
        for (int i = 0; i < path.length; i++) {
            String text = decoded(path[i]);
            if (pattern[i].startsWith("{")) {
                params.put(pattern[i].substring(1, pattern[i].length() - 1), text);
            } else if (!pattern[i].equals(text)) {
                return Optional.empty();
            }
        }
        return Optional.of(params);
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private record Exchange(HttpExchange exchange, Map<String, String> params) implements Request {
        @Override
        public String method() {
            return exchange.getRequestMethod();
        }

        @Override
        public String path() {
            return exchange.getRequestURI().getPath();
        }

        @Override
        public String pathParam(String name) {
            return params.get(name);
        }

        @Override
        public Map<String, List<String>> query() {
            Map<String, List<String>> query = new LinkedHashMap<>();
            String raw = exchange.getRequestURI().getRawQuery();
            for (String pair : raw == null ? new String[0] : raw.split("&", -1)) {
                String[] parts = pair.split("=", 2);
                query.computeIfAbsent(decoded(parts[0]), name -> new ArrayList<>())
                        .add(parts.length > 1 ? decoded(parts[1]) : "");
            }
            return query;
        }

        @Override
        public List<String> headers(String name) {
            return exchange.getRequestHeaders().getOrDefault(name, List.of());
        }

        @Override
        public String baseUrl() {
            return "http://" + exchange.getRequestHeaders().getFirst("Host");
        }

        @Override
        public Identity identity() {
            return new Identity(headers("X-User").stream().findFirst().orElse("nobody"), "test", false);
        }

        @Override
        public InputStream body() {
            return exchange.getRequestBody();
        }
    }
}
