package dev.tarn.query.flight;

import dev.tarn.core.error.TarnException;
import dev.tarn.query.SqlError;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightRuntimeException;

/// Failures as Flight knows them, each with Trino's code in its words.
final class FlightErrors {
    /// gRPC sends the words in a header, and clients limit those.
    private static final int WORDS_MAX = 4_000;

    private FlightErrors() {}

    static FlightRuntimeException of(Throwable failure) {
        if (failure instanceof FlightRuntimeException flight) {
            return flight;
        }
        SqlError error = SqlError.of(failure);
        String words = error.code().getName() + ": " + error.message();
        CallStatus status = failure instanceof TarnException tarn ? status(tarn) : CallStatus.INTERNAL;
        return status.withDescription(words.length() > WORDS_MAX ? words.substring(0, WORDS_MAX) + " …" : words)
                .withCause(failure)
                .toRuntimeException();
    }

    private static CallStatus status(TarnException failure) {
        return switch (failure.code()) {
            case UNAUTHENTICATED -> CallStatus.UNAUTHENTICATED;
            case FORBIDDEN -> CallStatus.UNAUTHORIZED;
            case NOT_FOUND -> CallStatus.NOT_FOUND;
            case ALREADY_EXISTS -> CallStatus.ALREADY_EXISTS;
            case NOT_SUPPORTED -> CallStatus.UNIMPLEMENTED;
            case CANCELLED -> CallStatus.CANCELLED;
            case LIMIT_EXCEEDED -> CallStatus.RESOURCE_EXHAUSTED;
            default ->
                switch (failure.code().blame()) {
                    case USER -> CallStatus.INVALID_ARGUMENT;
                    case CONFLICT, RESOURCE -> CallStatus.UNAVAILABLE;
                    case INTERNAL -> CallStatus.INTERNAL;
                };
        };
    }
}
