package dev.tarn.server.http;

import dev.tarn.core.error.Blame;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Limits;
import dev.tarn.core.project.ServerSetting;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.Executors;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Serves faces over HTTP/1.1 on one port, each request on a virtual thread of its own.
public final class HttpServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HttpServer.class);
    private static final String SERVED = "tarn.served";
    private static final int IO_THREADS_MIN = 4;
    private static final int IO_THREADS_MAX = 16;
    private static final int HEADER_BYTES_MAX = 256 << 10;
    private static final long PASSED_OVER_BYTES_MAX = 256L << 20;
    private static final long IDLE_MS_MAX = 300_000;
    private static final long STOP_MS_MAX = 5_000;
    private static final long STOP_IDLE_MS_MAX = 50;

    private final ServerSetting setting;
    private final Limits limits;
    private final Access access;
    private final Observer observer;
    private final Javalin javalin;

    /// Is told of each request once it was answered.
    @FunctionalInterface
    public interface Observer {
        void answered(String face, Route route, Request request, int status, long nanos);
    }

    /// A face and the name that metrics and health know it by.
    public record NamedFace(String name, Face face) {}

    private HttpServer(ServerSetting setting, Limits limits, Access access, List<NamedFace> faces, Observer observer) {
        this.setting = setting;
        this.limits = limits;
        this.access = access;
        this.observer = observer;
        this.javalin = Javalin.create(config -> configure(config, faces));
    }

    /// Starts to listen.
    ///
    /// @throws TarnException `PORT_IN_USE` when something else listens there
    public static HttpServer start(
            ServerSetting setting, Limits limits, Access access, List<NamedFace> faces, Observer observer) {
        HttpServer server = new HttpServer(setting, limits, access, faces, observer);
        try {
            server.javalin.start();
            return server;
        } catch (RuntimeException e) {
            server.close();
            if (causedByBind(e)) {
                throw new TarnException(
                        ErrorCode.PORT_IN_USE,
                        "port " + setting.port() + " of " + setting.host() + " cannot be listened on",
                        e);
            }
            throw e;
        }
    }

    /// The port it listens on.
    public int port() {
        return javalin.port();
    }

    /// Stops to listen, and lets requests in progress end within a few seconds.
    @Override
    public void close() {
        javalin.stop();
    }

    private void configure(JavalinConfig config, List<NamedFace> faces) {
        // The selector on a platform thread, for on a virtual one each event would first wake the JDK's own poller.
        QueuedThreadPool threads = new QueuedThreadPool(IO_THREADS_MAX, IO_THREADS_MIN);
        threads.setName("http");
        threads.setVirtualThreadsExecutor(Executors.newVirtualThreadPerTaskExecutor());
        config.jetty.threadPool = threads;
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.router.ignoreTrailingSlashes = true;
        config.http.prefer405over404 = true;
        config.http.compressionStrategy =
                Access.isLoopback(setting.host()) ? CompressionStrategy.NONE : CompressionStrategy.GZIP;
        config.jetty.modifyHttpConfiguration(http -> {
            http.setSendServerVersion(false);
            http.setRequestHeaderSize(HEADER_BYTES_MAX);
            // Grown to when needed: a buffer of this size for each answer took a third of a small request's time.
            http.setMaxResponseHeaderSize(HEADER_BYTES_MAX);
            // Iceberg separates the levels of a namespace by an encoded control character.
            http.setUriCompliance(UriCompliance.from("RFC3986,AMBIGUOUS_PATH_SEPARATOR,AMBIGUOUS_PATH_ENCODING,"
                    + "AMBIGUOUS_EMPTY_SEGMENT,SUSPICIOUS_PATH_CHARACTERS"));
        });
        config.jetty.modifyServletContextHandler(
                servlets -> servlets.getServletHandler().setDecodeAmbiguousURIs(true));
        config.jetty.modifyServer(server -> server.setStopTimeout(STOP_MS_MAX));
        config.jetty.addConnector((server, http) -> {
            ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
            connector.setHost(setting.host());
            connector.setPort(setting.port());
            connector.setIdleTimeout(IDLE_MS_MAX);
            connector.setShutdownIdleTimeout(STOP_IDLE_MS_MAX);
            return connector;
        });
        for (NamedFace named : faces) {
            for (Route route : named.face().routes()) {
                config.routes.addHttpHandler(
                        HandlerType.findOrCreate(route.method()),
                        route.pattern(),
                        context -> serve(context, named, route));
            }
        }
        config.routes.error(404, context -> unknown(context, "no such path: "));
        config.routes.error(405, context -> unknown(context, "this path has no method "));
    }

    /// Answers what no route answered; a route's own 404 or 405 stays as it is.
    private static void unknown(Context context, String message) {
        if (context.attribute(SERVED) == null) {
            context.contentType("text/plain; charset=utf-8");
            context.result(message + context.req().getMethod() + " " + context.path() + "\n");
        }
    }

    private void serve(Context context, NamedFace named, Route route) throws IOException {
        long start = System.nanoTime();
        String baseUrl = setting.publicUrl().orElseGet(() -> context.scheme() + "://" + host(context));
        long bodyBytes = route.upload() ? limits.uploadBytes() : limits.bodyBytes();
        Request request =
                new JavalinRequest(context, new Identity(Identity.ANONYMOUS, "http", false), baseUrl, bodyBytes);
        Response response;
        try {
            request = new JavalinRequest(context, access.identify(claim(context)), baseUrl, bodyBytes);
            response = route.handler().handle(request);
        } catch (Exception e) {
            response = failed(named, request, e);
            passOver(context);
        }
        write(context, response);
        observer.answered(named.name(), route, request, response.status(), System.nanoTime() - start);
    }

    /// Reads what is left of a refused request's body: a client that is still sending would find the connection
    /// closed, and never read why.
    private static void passOver(Context context) {
        byte[] some = new byte[1 << 16];
        try {
            InputStream body = context.req().getInputStream();
            long left = PASSED_OVER_BYTES_MAX;
            for (int read = body.read(some); read >= 0 && left > 0; read = body.read(some)) {
                left -= read;
            }
        } catch (IOException | IllegalStateException e) {
            log.debug("the client of {} went away", context.path());
        }
    }

    private static Response failed(NamedFace named, Request request, Exception failure) {
        if (failure instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        boolean ours = !(failure instanceof TarnException tarn) || tarn.code().blame() == Blame.INTERNAL;
        if (ours) {
            log.error("{} {}", request.method(), request.path(), failure);
        }
        Response response = named.face().error(request, failure);
        return response.status() == 401
                ? response.with("WWW-Authenticate", "Bearer realm=\"Tarn\"")
                        .with("WWW-Authenticate", "Basic realm=\"Tarn\"")
                : response;
    }

    private static void write(Context context, Response response) throws IOException {
        context.attribute(SERVED, true);
        context.status(response.status());
        response.headers()
                .forEach((name, values) -> values.forEach(value -> {
                    if (name.equalsIgnoreCase("Content-Type")) {
                        context.contentType(value);
                    } else {
                        context.res().addHeader(name, value);
                    }
                }));
        context.res().setHeader("X-Content-Type-Options", "nosniff");
        try {
            OutputStream out = context.outputStream();
            response.body().writeTo(out);
        } catch (EofException e) {
            log.debug("the client of {} went away", context.path());
        }
    }

    private static Access.Claim claim(Context context) {
        return new Access.Claim(
                context.req().getMethod(),
                context.path(),
                context.header("Host"),
                context.header("Origin"),
                context.header("Authorization"),
                context.header("X-Trino-User"),
                context.header("User-Agent"));
    }

    private static String host(Context context) {
        String host = context.header("Host");
        return host == null ? "localhost" : host;
    }

    private static boolean causedByBind(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof java.net.BindException) {
                return true;
            }
        }
        return false;
    }
}
