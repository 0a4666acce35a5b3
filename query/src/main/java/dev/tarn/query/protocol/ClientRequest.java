package dev.tarn.query.protocol;

import static io.trino.client.ProtocolHeaders.TRINO_HEADERS;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Request;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.ResultEncoding;
import dev.tarn.query.QuerySession;
import dev.tarn.query.SessionChanges;
import io.trino.client.ClientCapabilities;
import io.trino.server.ProtocolConfig;
import io.trino.server.protocol.PreparedStatementEncoder;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// What a client says about itself and its session in the `X-Trino-*` headers of a statement, and the
/// headers that tell it how its session changed.
///
/// @param session what the statement runs under
/// @param capabilities what the client understands, such as `PARAMETRIC_DATETIME`
/// @param encoding in which encoding its segments are; without one, rows come within the answers
record ClientRequest(QuerySession session, Set<String> capabilities, Optional<ResultEncoding> encoding) {
    private static final PreparedStatementEncoder PREPARED = new PreparedStatementEncoder(new ProtocolConfig());

    /// @param encodings those that a client may ask for; the first of them that its own list has is taken
    static ClientRequest of(Request request, List<ResultEncoding> encodings) {
        Map<String, String> properties = pairs(request, TRINO_HEADERS.requestSession());
        Map<String, String> prepared = new LinkedHashMap<>();
        pairs(request, TRINO_HEADERS.requestPreparedStatement())
                .forEach((name, sql) -> prepared.put(decode(name), preparedSql(name, sql)));
        QuerySession session = new QuerySession(
                identity(request),
                value(request, TRINO_HEADERS.requestCatalog())
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .orElse(QuerySession.CATALOG),
                value(request, TRINO_HEADERS.requestSchema()).map(name -> name.toLowerCase(Locale.ROOT)),
                properties.getOrDefault(QuerySession.BRANCH_PROPERTY, "main"),
                value(request, TRINO_HEADERS.requestTimeZone())
                        .map(ClientRequest::zone)
                        .orElseGet(ZoneId::systemDefault),
                properties,
                prepared,
                value(request, TRINO_HEADERS.requestTransactionId()).filter(id -> !id.equalsIgnoreCase("NONE")));
        List<String> asked = list(request, TRINO_HEADERS.requestQueryDataEncoding());
        return new ClientRequest(
                session,
                new LinkedHashSet<>(list(request, TRINO_HEADERS.requestClientCapabilities())),
                encodings.stream()
                        .filter(encoding -> asked.contains(encoding.word()))
                        .findFirst());
    }

    boolean can(ClientCapabilities capability) {
        return capabilities.contains(capability.name());
    }

    /// Tells a client how its session changed.
    static void headers(SessionChanges changes, BiConsumer<String, String> header) {
        changes.catalog().ifPresent(name -> header.accept(TRINO_HEADERS.responseSetCatalog(), name));
        changes.schema().ifPresent(name -> header.accept(TRINO_HEADERS.responseSetSchema(), name));
        changes.zone()
                .ifPresent(zone ->
                        header.accept(TRINO_HEADERS.responseSetSession(), "time_zone_id=" + encode(zone.getId())));
        changes.setProperties()
                .forEach(
                        (name, value) -> header.accept(TRINO_HEADERS.responseSetSession(), name + "=" + encode(value)));
        changes.resetProperties().forEach(name -> header.accept(TRINO_HEADERS.responseClearSession(), name));
        changes.addedPrepared()
                .forEach((name, sql) -> header.accept(
                        TRINO_HEADERS.responseAddedPrepare(),
                        encode(name) + "=" + encode(PREPARED.encodePreparedStatementForHeader(sql))));
        changes.started().ifPresent(id -> header.accept(TRINO_HEADERS.responseStartedTransactionId(), id));
        if (changes.ended()) {
            header.accept(TRINO_HEADERS.responseClearTransactionId(), "true");
        }
        changes.deallocated().forEach(name -> header.accept(TRINO_HEADERS.responseDeallocatedPrepare(), encode(name)));
    }

    private static Identity identity(Request request) {
        Identity who = request.identity();
        return value(request, TRINO_HEADERS.requestSource())
                .map(source -> new Identity(who.user(), source, who.proved()))
                .orElse(who);
    }

    private static ZoneId zone(String id) {
        try {
            return ZoneId.of(id);
        } catch (DateTimeException e) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST,
                    TRINO_HEADERS.requestTimeZone() + ": '" + id + "' is not a time zone such as Europe/Paris",
                    e);
        }
    }

    private static String preparedSql(String name, String header) {
        try {
            return PREPARED.decodePreparedStatementFromHeader(header);
        } catch (RuntimeException e) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST,
                    TRINO_HEADERS.requestPreparedStatement() + ": the statement '" + name + "' cannot be decoded",
                    e);
        }
    }

    private static Optional<String> value(Request request, String header) {
        @Nullable String value = request.header(header);
        return value == null || value.isBlank() ? Optional.empty() : Optional.of(value.strip());
    }

    private static List<String> list(Request request, String header) {
        List<String> items = new ArrayList<>();
        for (String value : request.headers(header)) {
            for (String item : value.split(",", -1)) {
                if (!item.isBlank()) {
                    items.add(item.strip());
                }
            }
        }
        return items;
    }

    /// `name=value` items, the values decoded; the last of a name wins.
    private static Map<String, String> pairs(Request request, String header) {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String item : list(request, header)) {
            int equals = item.indexOf('=');
            if (equals < 1) {
                throw new TarnException(ErrorCode.BAD_REQUEST, header + ": expected name=value, not '" + item + "'");
            }
            pairs.put(
                    item.substring(0, equals).strip(),
                    decode(item.substring(equals + 1).strip()));
        }
        return pairs;
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, UTF_8);
        } catch (IllegalArgumentException e) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "a header's value is not URL-encoded: " + text, e);
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, UTF_8);
    }
}
