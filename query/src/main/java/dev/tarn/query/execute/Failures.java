package dev.tarn.query.execute;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.query.duckdb.DuckDbErrors;
import io.trino.spi.ErrorType;
import io.trino.spi.Location;
import io.trino.spi.StandardErrorCode;
import io.trino.spi.TrinoException;
import io.trino.sql.parser.ParsingException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Every failure of a statement as a [TarnException] that keeps Trino's own error as its cause.
final class Failures {
    /// What compiled statements and Java functions say on purpose.
    private static final Pattern OWN = Pattern.compile("TRINO\\[([A-Z_]+)] ([^\n]*)");

    private record Known(String text, StandardErrorCode code) {}

    /// DuckDB's messages that are Trino's errors under another name; the first that is contained decides.
    private static final List<Known> KNOWN = List.of(
            new Known("Division by zero", StandardErrorCode.DIVISION_BY_ZERO),
            new Known("division by zero", StandardErrorCode.DIVISION_BY_ZERO),
            new Known("More than one row returned by a subquery", StandardErrorCode.SUBQUERY_MULTIPLE_ROWS),
            new Known("Could not convert string", StandardErrorCode.INVALID_CAST_ARGUMENT),
            new Known("with value nan can't be cast", StandardErrorCode.INVALID_CAST_ARGUMENT),
            new Known("to DECIMAL(", StandardErrorCode.NUMERIC_VALUE_OUT_OF_RANGE),
            new Known("to type DECIMAL(", StandardErrorCode.NUMERIC_VALUE_OUT_OF_RANGE),
            new Known("Could not cast value", StandardErrorCode.NUMERIC_VALUE_OUT_OF_RANGE),
            new Known("Casting value", StandardErrorCode.NUMERIC_VALUE_OUT_OF_RANGE),
            new Known("out of range for the destination type", StandardErrorCode.NUMERIC_VALUE_OUT_OF_RANGE),
            new Known("Out of Range Error", StandardErrorCode.NUMERIC_VALUE_OUT_OF_RANGE),
            new Known("Overflow", StandardErrorCode.NUMERIC_VALUE_OUT_OF_RANGE));

    private Failures() {}

    /// The failure of a name that does not exist, with those that may have been meant.
    static TarnException of(TrinoException failure, List<String> nearNames) {
        String hint = nearNames.isEmpty()
                ? ""
                : "; did you mean "
                        + nearNames.stream().map(name -> "'" + name + "'").collect(Collectors.joining(" or ")) + "?";
        return new TarnException(codeOf(failure), failure.getMessage() + hint, failure);
    }

    static TarnException of(Throwable failure) {
        return switch (failure) {
            case TarnException tarn -> tarn;
            case ParsingException parsing -> {
                TrinoException trino = new TrinoException(
                        StandardErrorCode.SYNTAX_ERROR,
                        Optional.of(new Location(parsing.getLineNumber(), parsing.getColumnNumber())),
                        parsing.getErrorMessage(),
                        parsing);
                yield new TarnException(ErrorCode.SQL_INVALID, trino.getMessage(), trino);
            }
            // What Trino's task for CALL has wrapped.
            case TrinoException trino when trino.getCause() instanceof TarnException tarn -> tarn;
            case TrinoException trino -> new TarnException(codeOf(trino), trino.getMessage(), trino);
            case SQLException sql -> ofDuckDb(sql);
            case StackOverflowError overflow ->
                new TarnException(
                        ErrorCode.LIMIT_EXCEEDED,
                        "The statement is nested too deeply; split it into several",
                        new TrinoException(StandardErrorCode.STACK_OVERFLOW, "statement is too large", overflow));
            default -> new TarnException(ErrorCode.INTERNAL_ERROR, "The statement failed inside: " + failure, failure);
        };
    }

    private static ErrorCode codeOf(TrinoException trino) {
        int number = trino.getErrorCode().getCode();
        if (number == StandardErrorCode.NOT_SUPPORTED.toErrorCode().getCode()) {
            return ErrorCode.NOT_SUPPORTED;
        }
        if (number == StandardErrorCode.PERMISSION_DENIED.toErrorCode().getCode()) {
            return ErrorCode.FORBIDDEN;
        }
        if (trino.getErrorCode().getType() == ErrorType.USER_ERROR) {
            return trino.getLocation().isPresent() || isAboutNames(trino)
                    ? ErrorCode.SQL_INVALID
                    : ErrorCode.QUERY_FAILED;
        }
        return trino.getErrorCode().getType() == ErrorType.INSUFFICIENT_RESOURCES
                ? ErrorCode.LIMIT_EXCEEDED
                : ErrorCode.INTERNAL_ERROR;
    }

    private static boolean isAboutNames(TrinoException trino) {
        String name = trino.getErrorCode().getName();
        return name.endsWith("_NOT_FOUND") || name.endsWith("ALREADY_EXISTS") || name.startsWith("INVALID_TABLE");
    }

    private static TarnException ofDuckDb(SQLException failure) {
        String message = String.valueOf(failure.getMessage());
        Matcher own = OWN.matcher(message);
        if (own.find()) {
            StandardErrorCode code = codeNamed(own.group(1));
            return trino(code, own.group(2), failure);
        }
        for (Known known : KNOWN) {
            if (message.contains(known.text())) {
                return trino(known.code(), spoken(known, message), failure);
            }
        }
        return DuckDbErrors.translate(failure);
    }

    /// DuckDB's words without their kind and without hints about settings that nobody can reach.
    private static String spoken(Known known, String message) {
        if (known.code() == StandardErrorCode.DIVISION_BY_ZERO) {
            return "Division by zero";
        }
        String line = message.split("\n", 2)[0];
        int kind = line.indexOf("Error: ");
        String words = kind < 0 ? line : line.substring(kind + "Error: ".length());
        int hint = words.indexOf(". You might");
        return hint < 0 ? words : words.substring(0, hint);
    }

    private static StandardErrorCode codeNamed(String name) {
        for (StandardErrorCode code : StandardErrorCode.values()) {
            if (code.name().equals(name)) {
                return code;
            }
        }
        return StandardErrorCode.GENERIC_USER_ERROR;
    }

    private static TarnException trino(StandardErrorCode code, String message, SQLException cause) {
        TrinoException trino = new TrinoException(code, message, cause);
        return new TarnException(codeOf(trino), message, trino);
    }
}
