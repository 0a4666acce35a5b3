package dev.tarn.server;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Face;
import dev.tarn.core.project.Project;
import dev.tarn.feature.feast.FeastFace;
import dev.tarn.lake.rest.IcebergRestFace;
import dev.tarn.model.mlflow.MlflowFace;
import dev.tarn.query.flight.FlightFace;
import dev.tarn.query.protocol.ProtocolLimits;
import dev.tarn.query.protocol.TrinoFace;
import dev.tarn.server.http.Access;
import dev.tarn.server.http.HttpServer;
import dev.tarn.server.http.HttpServer.NamedFace;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A project's running server: the lake, the faces over it, and HTTP. Read [#start] from the top to see what
/// there is and in which order it starts.
public final class Server implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Server.class);

    private final Lakehouse lakehouse;
    private final List<AutoCloseable> opened;
    private final Readiness readiness;
    private final String url;
    private final String localToken;
    private final List<NamedFace> faces;
    private final Optional<FlightFace> flight;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CountDownLatch stopped = new CountDownLatch(1);

    private Server(
            Lakehouse lakehouse,
            List<AutoCloseable> opened,
            Readiness readiness,
            String url,
            String localToken,
            List<NamedFace> faces,
            Optional<FlightFace> flight) {
        this.flight = flight;
        this.lakehouse = lakehouse;
        this.opened = opened;
        this.readiness = readiness;
        this.url = url;
        this.localToken = localToken;
        this.faces = List.copyOf(faces);
    }

    /// Starts to serve. Returns when requests are answered; the SQL engine may still be starting, and who asks
    /// it something waits.
    ///
    /// @throws TarnException `SERVER_RUNNING`, `PORT_IN_USE`, or what was wrong with the project
    public static Server start(Project project) {
        List<AutoCloseable> opened = new ArrayList<>();
        try {
            // The project's own state, taken for this process.
            project.createState();
            String localToken = project.server().tokens().isEmpty() ? "" : randomToken();
            Access access = new Access(
                    project.server(),
                    localToken.isEmpty() ? Map.of() : Map.of(localToken, System.getProperty("user.name", "local")));
            ServerFile file = open(opened, ServerFile.take(project));

            // The lake; the SQL engine starts beside all that follows.
            Lakehouse lakehouse = open(opened, Lakehouse.open(project));

            // What each client's standard sees of it.
            Metrics metrics = open(opened, new Metrics());
            Audit audit = new Audit(lakehouse.audit());
            TrinoFace trino = open(
                    opened,
                    new TrinoFace(
                            lakehouse::engine,
                            lakehouse.startingEngine()::isReady,
                            ProtocolLimits.running(project.limits().queries()),
                            project.spooling(),
                            project.tmp().resolve("segments"),
                            statement -> {
                                metrics.statementEnded(statement);
                                audit.statementEnded(statement);
                            }));
            metrics.gauge(
                    "tarn.statements.open",
                    "Statements that wait, run, or were not read to their end",
                    () -> trino.statements().stream()
                            .filter(statement -> !statement.hasEnded())
                            .count());
            Readiness readiness = new Readiness();
            List<NamedFace> faces = new ArrayList<>();
            faces.add(face(readiness, "iceberg", new IcebergRestFace(lakehouse.lake())));
            faces.add(new NamedFace("trino", trino));
            readiness.watch("trino", lakehouse.startingEngine()::state);
            Features features = open(opened, Features.open(lakehouse, true));
            faces.add(new NamedFace("feast", new FeastFace(features::stage, Clock.systemUTC())));
            faces.add(new NamedFace("features", new FeaturesFace(features)));
            readiness.watch("feast", features::state);
            Models models = Models.open(lakehouse);
            faces.add(face(
                    readiness,
                    "mlflow",
                    new MlflowFace(
                            models.experiments(),
                            models.runs(),
                            models.logged(),
                            models.registry(),
                            models.artifacts())));
            Services services = open(opened, Services.open(lakehouse, models, features));
            metrics.measures(services.quality()::latest);
            services.faces().forEach((name, face) -> faces.add(face(readiness, name, face)));
            ScheduledRuns runs = open(opened, new ScheduledRuns(lakehouse, Clock.systemUTC()));
            open(
                            opened,
                            new BackgroundMaintenance(
                                    lakehouse,
                                    project.maintenance(),
                                    () -> trino.statements().stream().anyMatch(statement -> !statement.hasEnded())))
                    .start();
            metrics.counter(
                    "tarn.features.verified",
                    "Served feature values that were computed again from the tables",
                    () -> features.verified().values());
            metrics.counter(
                    "tarn.features.different",
                    "Of these, values that were not the same",
                    () -> features.verified().differences());
            faces.add(face(readiness, "metrics", metrics));
            faces.add(face(
                    readiness,
                    "health",
                    new HealthFace(readiness, lakehouse.lake().database())));
            faces.add(face(readiness, "api", new ApiFace(lakehouse, trino)));
            faces.add(face(readiness, "runs", new RunsFace(lakehouse, runs)));
            faces.add(face(readiness, "openlineage", new OpenLineageFace(lakehouse)));
            faces.add(face(readiness, "environments", new EnvironmentsFace(lakehouse)));
            faces.add(face(readiness, "lineage", new LineageFace(lakehouse)));
            faces.add(face(readiness, "contracts", new ContractsFace(lakehouse)));
            faces.add(face(readiness, "home", new HomeFace(lakehouse, services.pages())));

            // HTTP, last, so that nobody is answered by half a server.
            HttpServer http = open(opened, listen(project, access, faces, (face, route, request, status, nanos) -> {
                metrics.answered(face, route, status, nanos);
                audit.answered(face, request, status, nanos);
            }));
            String url = url(project.server().host(), http.port());
            Optional<FlightFace> flight = Optional.empty();
            if (project.server().flightPort().isPresent()) {
                int port = project.server().flightPort().getAsInt();
                flight = Optional.of(
                        open(opened, FlightFace.listen(project.server().host(), port, trino, access::identifyFlight)));
                log.info("Arrow Flight SQL listens on port {}", flight.get().port());
            }
            file.announce(new ServerFile.Running(ProcessHandle.current().pid(), url, localToken));
            // Runs begin when all that they may need is there.
            runs.start();
            log.info("serving {} at {}", project.folder(), url);
            return new Server(lakehouse, opened, readiness, url, localToken, faces, flight);
        } catch (Throwable failure) {
            closeAll(opened);
            throw failure;
        }
    }

    public Project project() {
        return lakehouse.project();
    }

    /// What it serves.
    public Lakehouse lakehouse() {
        return lakehouse;
    }

    /// Where it listens, as this machine's clients reach it.
    public String url() {
        return url;
    }

    /// The port of Arrow Flight SQL, when it is served.
    public OptionalInt flightPort() {
        return flight.stream().mapToInt(FlightFace::port).findFirst();
    }

    /// How far each face is.
    public Readiness readiness() {
        return readiness;
    }

    /// What it answers, such as `GET /health`, sorted.
    public List<String> routes() {
        return faces.stream()
                .flatMap(named -> named.face().routes().stream())
                .map(route -> route.method() + " " + route.pattern())
                .distinct()
                .sorted()
                .toList();
    }

    /// Lets this machine's user in; empty when no tokens are needed.
    public String localToken() {
        return localToken;
    }

    /// Waits until every face is ready.
    ///
    /// @throws TarnException `UNAVAILABLE` when one failed to start or takes longer than that
    public void awaitReady(Duration atMost) throws InterruptedException {
        long until = System.nanoTime() + atMost.toNanos();
        while (!readiness.allReady()) {
            if (System.nanoTime() > until || readiness.states().containsValue(Readiness.State.FAILED)) {
                throw new TarnException(
                        ErrorCode.UNAVAILABLE,
                        "not everything started: " + readiness.states() + "; see the log in "
                                + project().logs());
            }
            Thread.sleep(5);
        }
    }

    /// Waits until the server was closed.
    public void awaitStop() throws InterruptedException {
        stopped.await();
    }

    /// Stops: no new requests, a few seconds for those in progress, then everything is closed in reverse order.
    @Override
    public void close() {
        if (closing.compareAndSet(false, true)) {
            log.info("stopping");
            closeAll(opened);
            stopped.countDown();
        }
    }

    private static HttpServer listen(
            Project project, Access access, List<NamedFace> faces, HttpServer.Observer observer) {
        try {
            return HttpServer.start(project.server(), project.limits(), access, faces, observer);
        } catch (TarnException e) {
            if (e.code() != ErrorCode.PORT_IN_USE) {
                throw e;
            }
            throw new TarnException(
                    ErrorCode.PORT_IN_USE,
                    "port " + project.server().port() + " is in use by "
                            + PortOwner.of(project.server().port()).orElse("another process")
                            + ": stop that, or choose another with --port or server.port in tarn.yml (0 takes any "
                            + "free one)",
                    e);
        }
    }

    private static NamedFace face(Readiness readiness, String name, Face face) {
        readiness.ready(name);
        return new NamedFace(name, face);
    }

    private static <T extends AutoCloseable> T open(List<AutoCloseable> opened, T part) {
        opened.add(part);
        return part;
    }

    private static void closeAll(List<AutoCloseable> opened) {
        for (AutoCloseable part : opened.reversed()) {
            try {
                part.close();
            } catch (Exception e) {
                log.error("could not close {}", part, e);
            }
        }
        opened.clear();
    }

    private static String url(String host, int port) {
        try {
            InetAddress address = InetAddress.getByName(host);
            String name = address.isAnyLocalAddress() ? "127.0.0.1" : address.getHostAddress();
            return "http://"
                    + (address instanceof Inet6Address && !address.isAnyLocalAddress() ? "[" + name + "]" : name) + ":"
                    + port;
        } catch (UnknownHostException e) {
            return "http://" + host + ":" + port;
        }
    }

    private static String randomToken() {
        byte[] bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
