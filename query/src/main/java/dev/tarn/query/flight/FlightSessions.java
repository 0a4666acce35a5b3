package dev.tarn.query.flight;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.query.QuerySession;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.FlightConstants;
import org.apache.arrow.flight.FlightProducer.CallContext;
import org.apache.arrow.flight.auth2.CallHeaderAuthenticator;
import org.jspecify.annotations.Nullable;

/// Who calls and under what its statements run, both from the headers of each call: `authorization`, and `schema`,
/// `branch` and `time-zone`. Nothing is remembered between calls.
///
/// Drivers that are given a user and a password change them for a bearer token at first. That token is the password,
/// which is a token already, or where no token is needed the name that the caller says.
final class FlightSessions implements CallHeaderAuthenticator {
    private static final String BASIC = "Basic ";
    private static final String SAID = "Bearer said-";

    private final FlightFace.Callers callers;

    FlightSessions(FlightFace.Callers callers) {
        this.callers = callers;
    }

    @Override
    public AuthResult authenticate(CallHeaders headers) {
        try {
            Identity identity = identity(headers);
            @Nullable String authorization = headers.get("authorization");
            return new AuthResult() {
                @Override
                public String getPeerIdentity() {
                    return identity.user();
                }

                @Override
                public void appendToOutgoingHeaders(CallHeaders outgoing) {
                    if (authorization != null && authorization.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
                        outgoing.insert(
                                "authorization",
                                identity.proved()
                                        ? "Bearer " + password(authorization)
                                        : SAID + encode(identity.user()));
                    }
                }
            };
        } catch (TarnException e) {
            throw FlightErrors.of(e);
        }
    }

    QuerySession session(CallContext context) {
        CallHeaders headers = context.getMiddleware(FlightConstants.HEADER_KEY).headers();
        QuerySession session = QuerySession.of(identity(headers)).withZone(zone(headers));
        Optional<String> branch = value(headers, "branch");
        if (branch.isPresent()) {
            // The property too, as clients of the other protocol set it: errors and SHOW SESSION speak of it.
            session = new QuerySession(
                    session.identity(),
                    session.catalog(),
                    session.schema(),
                    branch.get(),
                    session.zone(),
                    Map.of(QuerySession.BRANCH_PROPERTY, branch.get()),
                    session.prepared(),
                    session.transaction());
        }
        Optional<String> schema = value(headers, "schema").map(name -> name.toLowerCase(Locale.ROOT));
        return schema.isPresent() ? session.withSchema(schema.get()) : session;
    }

    private Identity identity(CallHeaders headers) {
        @Nullable String authorization = headers.get("authorization");
        String program = value(headers, "user-agent").orElse("flight-sql");
        if (authorization != null && authorization.startsWith(SAID)) {
            return callers.identify(null, decode(authorization.substring(SAID.length())), program);
        }
        return callers.identify(authorization, null, program);
    }

    private static ZoneId zone(CallHeaders headers) {
        Optional<String> id = value(headers, "time-zone");
        try {
            return id.map(ZoneId::of).orElseGet(ZoneId::systemDefault);
        } catch (DateTimeException e) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST, "time-zone: '" + id.orElse("") + "' is not one such as Europe/Paris", e);
        }
    }

    private static Optional<String> value(CallHeaders headers, String name) {
        return Optional.ofNullable(headers.get(name)).map(String::strip).filter(text -> !text.isEmpty());
    }

    private static String password(String basic) {
        String text = decode(basic.substring(BASIC.length()).strip());
        return text.substring(text.indexOf(':') + 1);
    }

    private static String encode(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
    }

    private static String decode(String text) {
        try {
            return new String(Base64.getDecoder().decode(text), UTF_8);
        } catch (IllegalArgumentException e) {
            throw new TarnException(ErrorCode.UNAUTHENTICATED, "the authorization header cannot be decoded", e);
        }
    }
}
