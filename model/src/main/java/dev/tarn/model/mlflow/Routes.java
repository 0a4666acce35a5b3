package dev.tarn.model.mlflow;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import java.util.ArrayList;
import java.util.List;

/// A table of calls below one prefix, each from parameters to a JSON object.
final class Routes {
    private final String prefix;
    private final List<Route> all = new ArrayList<>();

    Routes(String prefix) {
        this.prefix = prefix;
    }

    interface Handler {
        ObjectNode handle(Call call, dev.tarn.core.http.Request request) throws Exception;
    }

    Routes add(String method, String path, Handler handler) {
        all.add(new Route(method, prefix + path, request -> {
            ObjectNode answer = handler.handle(Call.of(request), request);
            return Response.json(200, Call.JSON.writeValueAsBytes(answer));
        }));
        return this;
    }

    Routes get(String path, Handler handler) {
        return add("GET", path, handler);
    }

    Routes post(String path, Handler handler) {
        return add("POST", path, handler);
    }

    Routes patch(String path, Handler handler) {
        return add("PATCH", path, handler);
    }

    Routes delete(String path, Handler handler) {
        return add("DELETE", path, handler);
    }

    List<Route> all() {
        return all;
    }
}
