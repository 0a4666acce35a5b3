package dev.tarn.server;

import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.query.StatementInfo;
import dev.tarn.serve.quality.Quality;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// What the server counts, and `/metrics`, where Prometheus reads it.
final class Metrics implements Face, AutoCloseable {
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final Map<Answered, Timer> requests = new ConcurrentHashMap<>();
    private final Map<String, MultiGauge> shown = new HashMap<>();
    private volatile Supplier<List<Quality.Measure>> measures = List::of;

    /// What requests are counted by.
    private record Answered(String face, Route route, int status) {}

    Metrics() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        collections.bindTo(registry);
    }

    /// Counts statements that ended.
    void statementEnded(StatementInfo statement) {
        Timer.builder("tarn.statement")
                .description("Statements that ended")
                .tag("state", statement.state().toLowerCase(Locale.ROOT))
                .tag(
                        "error",
                        statement.error().map(error -> error.code().getName()).orElse(""))
                .register(registry)
                .record(statement.elapsed());
        Counter.builder("tarn.statement.rows")
                .description("Rows that statements answered with")
                .register(registry)
                .increment((double) statement.rows());
    }

    /// Shows a number that is asked for when it is read.
    void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    /// Shows numbers that are asked for, all anew, when they are read.
    void measures(Supplier<List<Quality.Measure>> latest) {
        measures = latest;
    }

    private void showMeasures() {
        Map<String, List<MultiGauge.Row<?>>> byName = new HashMap<>();
        for (Quality.Measure measure : measures.get()) {
            Tags tags = Tags.empty();
            for (Map.Entry<String, String> tag : measure.tags().entrySet()) {
                tags = tags.and(tag.getKey(), tag.getValue());
            }
            byName.computeIfAbsent(measure.name(), name -> new ArrayList<>())
                    .add(MultiGauge.Row.of(tags, measure.value()));
        }
        byName.keySet()
                .forEach(name -> shown.computeIfAbsent(
                        name,
                        known -> MultiGauge.builder(known)
                                .description("Of the last day judged; monitoring.quality and monitoring.drift have all")
                                .register(registry)));
        shown.forEach((name, gauge) -> gauge.register(byName.getOrDefault(name, List.of()), true));
    }

    /// Shows a count that somebody else keeps.
    void counter(String name, String description, Supplier<Number> count) {
        FunctionCounter.builder(name, count, from -> from.get().doubleValue())
                .description(description)
                .register(registry);
    }

    /// Counts a request that was answered.
    void answered(String face, Route route, int status, long nanos) {
        requests.computeIfAbsent(new Answered(face, route, status), this::timer).record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(Answered answered) {
        return Timer.builder("tarn.http.request")
                .description("Requests that were answered")
                .tag("face", answered.face())
                .tag("method", answered.route().method())
                .tag("route", answered.route().pattern())
                .tag("status", Integer.toString(answered.status()))
                .register(registry);
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route("GET", "/metrics", this::scrape));
    }

    private synchronized Response scrape(Request request) {
        showMeasures();
        String accept = request.header("Accept");
        String type =
                accept != null && accept.contains("application/openmetrics-text") ? OPEN_METRICS : PROMETHEUS_TEXT;
        return new Response(200, Map.of("Content-Type", List.of(type)), out -> registry.scrape(out, type));
    }

    @Override
    public Response error(Request request, Throwable failure) {
        return ErrorResponses.json(failure);
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
