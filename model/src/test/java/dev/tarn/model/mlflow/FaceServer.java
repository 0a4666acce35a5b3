package dev.tarn.model.mlflow;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.core.identity.Identity;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// A face behind the JDK's own HTTP server, on a free port of this machine.
public final class FaceServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    public FaceServer(Face face) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> answer(face, exchange));
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private static void answer(Face face, HttpExchange exchange) throws IOException {
        String raw = exchange.getRequestURI().getRawPath();
        Response response = Response.json(404, "{\"error_code\":\"ENDPOINT_NOT_FOUND\"}");
        for (Route route : face.routes()) {
            Map<String, String> params = match(route, exchange.getRequestMethod(), raw);
            if (params != null) {
                Exchange request = new Exchange(exchange, params);
                try {
                    response = route.handler().handle(request);
                } catch (Exception e) {
                    response = face.error(request, e);
                }
                break;
            }
        }
        response.headers()
                .forEach((name, values) -> exchange.getResponseHeaders().put(name, values));
        List<String> length = exchange.getResponseHeaders().remove("Content-Length");
        exchange.sendResponseHeaders(response.status(), length == null ? 0 : Long.parseLong(length.getFirst()));
        try (exchange) {
            response.body().writeTo(exchange.getResponseBody());
        }
    }

    private static @Nullable Map<String, String> match(Route route, String method, String rawPath) {
        String[] pattern = route.pattern().split("/", -1);
        String[] path = rawPath.split("/", -1);
        if (!route.method().equals(method)) {
            return null;
        }
        Map<String, String> params = new HashMap<>();
        for (int i = 0; i < pattern.length; i++) {
            if (pattern[i].startsWith("<")) {
                if (i >= path.length) {
                    return null;
                }
                String rest = String.join("/", List.of(path).subList(i, path.length));
                params.put(pattern[i].substring(1, pattern[i].length() - 1), decode(rest));
                return params;
            }
            if (i >= path.length) {
                return null;
            } else if (pattern[i].startsWith("{")) {
                params.put(pattern[i].substring(1, pattern[i].length() - 1), decode(path[i]));
            } else if (!pattern[i].equals(path[i])) {
                return null;
            }
        }
        return pattern.length == path.length ? params : null;
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
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
            Map<String, List<String>> all = new LinkedHashMap<>();
            String query = exchange.getRequestURI().getRawQuery();
            if (query != null) {
                for (String part : query.split("&", -1)) {
                    String[] pair = part.split("=", 2);
                    all.computeIfAbsent(decode(pair[0]), key -> new ArrayList<>())
                            .add(pair.length < 2 ? "" : URLDecoder.decode(pair[1], StandardCharsets.UTF_8));
                }
            }
            return all;
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
            return new Identity("tester", "test", false);
        }

        @Override
        public InputStream body() {
            return exchange.getRequestBody();
        }
    }
}
