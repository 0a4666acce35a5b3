package dev.tarn.query.protocol;

import java.time.Duration;

/// What clients of the protocol may use.
///
/// @param running statements that run at once; more wait in line
/// @param waiting statements that wait in line; more are refused
/// @param bufferBytes rows that one statement holds, as JSON, for a client that has not asked for them yet
/// @param segmentBytes about how much JSON one segment is made of
/// @param segmentsAhead segments that wait for a client to ask; the statement waits too when there are more
/// @param inlineBytes a last part of the rows that is no longer than this needs no fetching
/// @param news how long a request waits for news of its statement before it answers without
/// @param lull how long a request with news waits for more, or for the end, which then needs no request of its own
/// @param abandonedAfter a statement whose client has not asked for so long is cancelled
/// @param keptAfterEnd how long the last answer can be asked for again
/// @param statementBytes the longest statement
/// @param history ended statements that are remembered
public record ProtocolLimits(
        int running,
        int waiting,
        int bufferBytes,
        int segmentBytes,
        int segmentsAhead,
        int inlineBytes,
        Duration news,
        Duration lull,
        Duration abandonedAfter,
        Duration keptAfterEnd,
        int statementBytes,
        int history) {

    /// The defaults, with a number of statements that run at once.
    public static ProtocolLimits running(int running) {
        return new ProtocolLimits(
                running,
                1_000,
                1 << 20,
                4 << 20,
                4,
                1 << 20,
                Duration.ofSeconds(1),
                Duration.ofMillis(5),
                Duration.ofMinutes(5),
                Duration.ofMinutes(1),
                1 << 20,
                1_000);
    }
}
