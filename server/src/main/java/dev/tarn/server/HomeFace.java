package dev.tarn.server;

import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// `/`: what there is and how to connect, for a person with a browser.
final class HomeFace implements Face {
    private final Lakehouse lakehouse;

    HomeFace(Lakehouse lakehouse) {
        this.lakehouse = lakehouse;
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route("GET", "/", this::home));
    }

    private Response home(Request request) {
        String url = request.baseUrl();
        String hostPort = url.substring(url.indexOf("://") + 3);
        String page = page(escape(lakehouse.project().name()), escape(url), escape(hostPort), tables());
        return new Response(
                200,
                Map.of(
                        "Content-Type", List.of("text/html; charset=utf-8"),
                        "Content-Security-Policy", List.of("default-src 'none'; style-src 'unsafe-inline'")),
                out -> out.write(page.getBytes(StandardCharsets.UTF_8)));
    }

    private static String page(String name, String url, String hostPort, String tables) {
        return """
                <!doctype html>
                <html lang="en">
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%1$s · Tarn</title>
                <style>
                  :root { color-scheme: light dark }
                  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
                  table { border-collapse: collapse }
                  td, th { text-align: left; padding: .2rem 1.5rem .2rem 0; vertical-align: top }
                  pre { overflow-x: auto; padding: .75rem; border: 1px solid color-mix(in srgb, currentColor 20%%, transparent) }
                </style>
                <h1>%1$s</h1>
                <h2>Connect</h2>
                <pre>trino-cli --server %2$s --catalog tarn
                jdbc:trino://%3$s/tarn
                spark.sql.catalog.tarn.type=rest  spark.sql.catalog.tarn.uri=%2$s/iceberg
                tarn sql</pre>
                <p><a href="/runs">runs</a> · <a href="/contracts">contracts</a> · <a href="/health">health</a> · <a href="/metrics">metrics</a> · <a href="/api/tables">tables as JSON</a> ·
                <a href="/api/statements">statements</a> · <a href="/api/maintenance">maintenance</a></p>
                <h2>Tables</h2>
                %4$s
                </html>
                """.formatted(name, url, hostPort, tables);
    }

    private String tables() {
        List<Tables.Entry> entries = Tables.of(lakehouse.lake().main());
        if (entries.isEmpty()) {
            return "<p>None yet: <code>tarn run</code> makes them.</p>";
        }
        StringBuilder html = new StringBuilder("<table><tr><th>schema<th>name<th>kind\n");
        for (Tables.Entry entry : entries) {
            String name = escape(entry.name());
            html.append("<tr><td>").append(escape(entry.schema())).append("<td>");
            if (entry.kind().equals("table")) {
                html.append("<a href=\"/api/tables/")
                        .append(escape(entry.schema()))
                        .append('/')
                        .append(name)
                        .append("\">")
                        .append(name)
                        .append("</a>");
            } else {
                html.append(name);
            }
            html.append("<td>").append(entry.kind()).append('\n');
        }
        return html.append("</table>").toString();
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    @Override
    public Response error(Request request, Throwable failure) {
        Response json = ErrorResponses.json(failure);
        return Response.text(json.status(), String.valueOf(failure.getMessage()));
    }
}
