package dev.tarn.serve.predict;

import dev.tarn.core.http.Request;
import dev.tarn.core.identity.Identity;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

record TestRequest(String method, String path, Map<String, String> params, String text) implements Request {
    static TestRequest post(String text) {
        return new TestRequest("POST", "/predict", Map.of(), text.replace('\'', '"'));
    }

    @Override
    public String pathParam(String name) {
        return params.getOrDefault(name, "");
    }

    @Override
    public Map<String, List<String>> query() {
        return Map.of();
    }

    @Override
    public List<String> headers(String name) {
        return List.of();
    }

    @Override
    public String baseUrl() {
        return "http://127.0.0.1";
    }

    @Override
    public Identity identity() {
        return new Identity("tester", "test", false);
    }

    @Override
    public InputStream body() {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
