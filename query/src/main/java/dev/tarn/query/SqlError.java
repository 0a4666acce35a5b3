package dev.tarn.query;

import static dev.tarn.core.error.ErrorCode.INTERNAL_ERROR;
import static dev.tarn.core.error.ErrorCode.QUERY_FAILED;

import dev.tarn.core.error.TarnException;
import io.trino.spi.ErrorCode;
import io.trino.spi.Location;
import io.trino.spi.StandardErrorCode;
import io.trino.spi.TrinoException;
import java.util.Optional;

/// A statement's failure in Trino's own words, as its clients expect it.
///
/// @param code Trino's code: its number, name (`DIVISION_BY_ZERO`) and kind
/// @param message what went wrong
/// @param location where in the statement, if known
/// @param kind Tarn's own code, such as `SQL_INVALID`
public record SqlError(
        ErrorCode code, String message, Optional<Location> location, dev.tarn.core.error.ErrorCode kind) {
    /// Trino's view of a failure: the one it was made from when there is one, else the nearest to Tarn's code.
    public static SqlError of(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof TrinoException trino) {
                return failure instanceof TarnException tarn
                        ? new SqlError(trino.getErrorCode(), tarn.describe(), trino.getLocation(), tarn.code())
                        : new SqlError(trino.getErrorCode(), trino.getRawMessage(), trino.getLocation(), QUERY_FAILED);
            }
        }
        if (failure instanceof TarnException tarn) {
            return new SqlError(nearest(tarn).toErrorCode(), tarn.describe(), Optional.empty(), tarn.code());
        }
        return new SqlError(
                StandardErrorCode.GENERIC_INTERNAL_ERROR.toErrorCode(),
                String.valueOf(failure),
                Optional.empty(),
                INTERNAL_ERROR);
    }

    private static StandardErrorCode nearest(TarnException tarn) {
        return switch (tarn.code()) {
            case NOT_SUPPORTED -> StandardErrorCode.NOT_SUPPORTED;
            case CANCELLED -> StandardErrorCode.USER_CANCELED;
            case NOT_FOUND -> StandardErrorCode.NOT_FOUND;
            case ALREADY_EXISTS -> StandardErrorCode.ALREADY_EXISTS;
            case FORBIDDEN, UNAUTHENTICATED -> StandardErrorCode.PERMISSION_DENIED;
            case COMMIT_CONFLICT, PUBLISH_CONFLICT -> StandardErrorCode.TRANSACTION_CONFLICT;
            default ->
                switch (tarn.code().blame()) {
                    case USER -> StandardErrorCode.GENERIC_USER_ERROR;
                    case CONFLICT -> StandardErrorCode.TRANSACTION_CONFLICT;
                    case RESOURCE -> StandardErrorCode.GENERIC_INSUFFICIENT_RESOURCES;
                    case INTERNAL -> StandardErrorCode.GENERIC_INTERNAL_ERROR;
                };
        };
    }
}
