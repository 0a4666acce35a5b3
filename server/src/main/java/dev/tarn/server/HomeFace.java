package dev.tarn.server;

import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// `/`: what there is and how to connect, for a person with a browser.
final class HomeFace implements Face {
    /// Tables that Tarn keeps beside others.
    private static final Pattern BESIDE = Pattern.compile(".*__(files|rejects|quarantine)");

    private final Lakehouse lakehouse;
    private final List<String> services;

    /// @param services addresses of the project's own services that a browser can open
    HomeFace(Lakehouse lakehouse, List<String> services) {
        this.lakehouse = lakehouse;
        this.services = List.copyOf(services);
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route("GET", "/", this::home));
    }

    private Response home(Request request) {
        String url = Page.escape(request.baseUrl());
        String hostPort = url.substring(url.indexOf("://") + 3);
        String name = lakehouse.project().name();
        return Page.of(name, "Tarn", """
                <h1>%1$s</h1>
                <h2>Connect</h2>
                <pre>trino-cli --server %2$s --catalog tarn
                jdbc:trino://%3$s/tarn
                spark.sql.catalog.tarn.type=rest  spark.sql.catalog.tarn.uri=%2$s/iceberg
                MLFLOW_TRACKING_URI=%2$s
                tarn sql</pre>
                <p><a href="/health">health</a> · <a href="/metrics">metrics</a> · <a href="/api/tables">tables as JSON</a> ·
                <a href="/api/statements">statements</a> · <a href="/api/maintenance">maintenance</a></p>
                %4$s%5$s
                """.formatted(Page.escape(name), url, hostPort, services(), tables()));
    }

    private String services() {
        if (services.isEmpty()) {
            return "";
        }
        StringBuilder html = new StringBuilder("<h2>Services</h2>\n<ul class=names>\n");
        for (String service : services) {
            String path = Page.escape(service);
            html.append("<li><a href=\"")
                    .append(path)
                    .append("\">")
                    .append(path)
                    .append("</a>\n");
        }
        return html.append("</ul>\n").toString();
    }

    private String tables() {
        Map<String, List<Tables.Entry>> schemas = new LinkedHashMap<>();
        List<Tables.Entry> beside = new ArrayList<>();
        for (Tables.Entry entry : Tables.of(lakehouse.lake().main())) {
            if (BESIDE.matcher(entry.name()).matches()) {
                beside.add(entry);
            } else {
                schemas.computeIfAbsent(entry.schema(), schema -> new ArrayList<>())
                        .add(entry);
            }
        }
        if (schemas.isEmpty()) {
            return "<h2>Tables</h2><p>None yet: <code>tarn run</code> makes them.</p>";
        }
        StringBuilder html = new StringBuilder();
        schemas.forEach((schema, entries) -> html.append("<h2>")
                .append(Page.escape(schema))
                .append("</h2>\n")
                .append(names(entries)));
        if (!beside.isEmpty()) {
            html.append("<h2>Kept beside them</h2>\n<details><summary class=soft>")
                    .append(beside.size())
                    .append(" tables: which files were loaded, what was rejected</summary>\n");
            html.append(names(beside));
            html.append("</details>\n");
        }
        return html.toString();
    }

    private static String names(List<Tables.Entry> entries) {
        StringBuilder html = new StringBuilder("<ul class=names>\n");
        for (Tables.Entry entry : entries) {
            String name = Page.escape(entry.name());
            html.append("<li>");
            if (entry.kind().equals("table")) {
                html.append("<a href=\"/api/tables/")
                        .append(Page.escape(entry.schema()))
                        .append('/')
                        .append(name)
                        .append("\">")
                        .append(name)
                        .append("</a>\n");
            } else {
                html.append(name)
                        .append(" <span class=soft>")
                        .append(entry.kind())
                        .append("</span>\n");
            }
        }
        return html.append("</ul>\n").toString();
    }

    @Override
    public Response error(Request request, Throwable failure) {
        Response json = ErrorResponses.json(failure);
        return Response.text(json.status(), String.valueOf(failure.getMessage()));
    }
}
