package dev.tarn.query.protocol;

import static io.trino.client.ProtocolHeaders.TRINO_HEADERS;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.core.project.ResultEncoding;
import dev.tarn.core.project.SpoolingSetting;
import dev.tarn.query.Cancellation;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.StatementInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/// The Trino client protocol at `/v1/statement`, for trino-cli, trino-jdbc and every tool built on them.
///
/// A statement is posted, starts when its client first asks for it, and is then read answer by answer at the
/// `nextUri` of the answer before. A client that asks for an encoding gets its rows in segments, and fetches the
/// large ones by itself.
/// Source: the Trino client protocol, and `io.trino.server.protocol` of Trino 483.
public final class TrinoFace implements Face, AutoCloseable {
    /// The version of Trino whose protocol and SQL this is.
    public static final String TRINO_VERSION = "483";

    /// Stands before the name of Tarn's own code in the type of an error's failure.
    public static final String KIND_PREFIX = "dev.tarn.";

    private static final Pattern GONE = Pattern.compile("/v1/(statement|spooled)/");

    private final Supplier<QueryEngine> engine;
    private final BooleanSupplier ready;
    private final ProtocolLimits limits;
    private final List<ResultEncoding> encodings;
    private final Spool spool;
    private final Statements statements;
    private final Instant started = Instant.now();

    /// @param engine gives the engine, waiting for it while it starts
    /// @param ready whether the engine can be had without waiting
    /// @param segments a folder of its own for segments that wait for their clients
    /// @param ended is told of each statement after it ended, for the audit log
    public TrinoFace(
            Supplier<QueryEngine> engine,
            BooleanSupplier ready,
            ProtocolLimits limits,
            SpoolingSetting spooling,
            Path segments,
            Consumer<StatementInfo> ended) {
        this.engine = () -> {
            QueryEngine found = engine.get();
            found.statements(this::statements);
            return found;
        };
        this.ready = ready;
        this.limits = limits;
        this.encodings = spooling.encodings();
        this.spool = Spool.open(segments, spooling.sizeBytes(), spooling.keep());
        this.statements = new Statements(limits, spool, ended);
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route("POST", "/v1/statement", this::post),
                new Route("GET", "/v1/statement/executing/{id}/{slug}/{token}", this::executing),
                new Route("HEAD", "/v1/statement/executing/{id}/{slug}/{token}", this::heartbeat),
                new Route("DELETE", "/v1/statement/executing/{id}/{slug}/{token}", this::cancel),
                new Route("DELETE", "/v1/statement/executing/partialCancel/{id}/{stage}/{slug}/{token}", this::cancel),
                new Route("GET", "/v1/spooled/download/{id}", this::download),
                new Route("GET", "/v1/spooled/ack/{id}", this::acknowledge),
                new Route("GET", "/v1/info", this::info),
                new Route("GET", "/v1/info/state", request -> Response.json(200, "\"ACTIVE\"")),
                new Route("GET", "/v1/info/coordinator", request -> Response.of(200)),
                new Route("GET", "/v1/query", request -> Response.json(200, AnswerJson.info(statements.all()))),
                new Route("GET", "/v1/query/{id}", this::queryInfo),
                new Route("DELETE", "/v1/query/{id}", this::kill));
    }

    /// Statements that run or ran, newest first.
    public List<StatementInfo> statements() {
        return statements.all();
    }

    /// Reads a statement's rows, on the thread that runs it.
    @FunctionalInterface
    public interface RowsReader {
        /// @param made is told of rows as they are read, for the history
        void read(QueryResult result, LongConsumer made) throws Exception;
    }

    /// Runs a statement of another protocol on this thread: it waits in line with all others, is among them in the
    /// history and in the audit log, and can be killed.
    ///
    /// @throws Exception the statement's failure, or the reader's
    public void stream(QuerySession session, String sql, Cancellation cancellation, RowsReader reader)
            throws Exception {
        statements.stream(engine, session, sql, cancellation, reader);
    }

    /// The engine, once it has started.
    public QueryEngine engine() {
        return engine.get();
    }

    /// The protocol answers requests that are wrong with a status and plain text; statements that are wrong
    /// fail in their answer.
    @Override
    public Response error(Request request, Throwable failure) {
        if (!(failure instanceof TarnException tarn)) {
            return Response.text(500, "Internal error: " + failure);
        }
        int status = switch (tarn.code()) {
            case NOT_FOUND -> GONE.matcher(request.path()).lookingAt() ? 410 : 404;
            case UNAUTHENTICATED -> 401;
            case FORBIDDEN -> 403;
            case LIMIT_EXCEEDED -> 429;
            case BODY_TOO_LARGE -> 413;
            case UNAVAILABLE -> 503;
            default ->
                switch (tarn.code().blame()) {
                    case USER -> 400;
                    case CONFLICT -> 409;
                    case RESOURCE -> 503;
                    case INTERNAL -> 500;
                };
        };
        return Response.text(status, tarn.describe());
    }

    @Override
    public void close() {
        statements.close();
    }

    private Response post(Request request) throws IOException {
        String sql = body(request);
        if (sql.isBlank()) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "SQL statement is empty");
        }
        Statement statement = statements.create(sql, ClientRequest.of(request, encodings));
        return Response.json(
                200, AnswerJson.queued(statement.id(), infoUri(request, statement), uri(request, statement, 0)));
    }

    private Response executing(Request request) throws InterruptedException {
        Statement statement = find(request);
        statements.start(statement, engine);
        long number = token(request);
        Statement.Answer answer = statement.answer(number);
        if (!answer.more()) {
            statements.answered(statement);
        }
        AnswerJson.Uris uris = new AnswerJson.Uris(
                infoUri(request, statement),
                answer.more() ? uri(request, statement, number + 1) : null,
                request.baseUrl() + "/v1/spooled");
        Map<String, List<String>> headers = new LinkedHashMap<>();
        BiConsumer<String, String> header = (name, value) ->
                headers.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
        header.accept("Content-Type", "application/json");
        header.accept("Cache-Control", "no-store");
        ClientRequest.headers(answer.changes(), header);
        statement
                .client()
                .encoding()
                .ifPresent(encoding -> header.accept(TRINO_HEADERS.responseQueryDataEncoding(), encoding.word()));
        return new Response(200, headers, out -> AnswerJson.write(out, statement, answer, uris));
    }

    private Response heartbeat(Request request) {
        find(request).heartbeat();
        return Response.of(200);
    }

    private Response cancel(Request request) {
        statements.leave(find(request), cancelled());
        return Response.of(204);
    }

    private Response download(Request request) {
        InputStream segment = spool.read(request.pathParam("id"), request.identity());
        return new Response(
                200,
                Map.of("Content-Type", List.of("application/octet-stream"), "Cache-Control", List.of("no-store")),
                out -> {
                    try (segment) {
                        segment.transferTo(out);
                    }
                });
    }

    private Response acknowledge(Request request) {
        spool.acknowledge(request.pathParam("id"), request.identity());
        return Response.of(200);
    }

    private Response info(Request request) {
        Duration uptime = Duration.between(started, Instant.now());
        return Response.json(200, """
                {"nodeVersion":{"version":"%s"},"environment":"tarn","coordinator":true,"starting":%s,"uptime":"%.2fs","coordinatorId":"tarn","nodeId":"tarn"}""".formatted(TRINO_VERSION, !ready.getAsBoolean(), uptime.toMillis() / 1000.0));
    }

    private Response queryInfo(Request request) throws IOException {
        String id = request.pathParam("id");
        return Response.json(
                200,
                AnswerJson.info(statements
                        .info(id)
                        .orElseThrow(() -> new TarnException(ErrorCode.NOT_FOUND, "there is no statement " + id))));
    }

    private Response kill(Request request) {
        String id = request.pathParam("id");
        statements.kill(id, cancelled());
        return Response.of(204);
    }

    private Statement find(Request request) {
        return statements.find(request.pathParam("id"), request.pathParam("slug"));
    }

    private String body(Request request) throws IOException {
        try (InputStream body = request.body()) {
            byte[] bytes = body.readNBytes(limits.statementBytes() + 1);
            if (bytes.length > limits.statementBytes()) {
                throw new TarnException(
                        ErrorCode.BAD_REQUEST, "the statement is longer than " + limits.statementBytes() + " bytes");
            }
            return new String(bytes, UTF_8);
        }
    }

    private static long token(Request request) {
        try {
            return Long.parseLong(request.pathParam("token"));
        } catch (NumberFormatException e) {
            throw new TarnException(ErrorCode.NOT_FOUND, "there is no answer " + request.pathParam("token"), e);
        }
    }

    private static TarnException cancelled() {
        return new TarnException(ErrorCode.CANCELLED, "Query was canceled");
    }

    private static String uri(Request request, Statement statement, long token) {
        return request.baseUrl() + "/v1/statement/executing/" + statement.id() + "/" + statement.slug() + "/" + token;
    }

    private static String infoUri(Request request, Statement statement) {
        return request.baseUrl() + "/v1/query/" + statement.id();
    }
}
