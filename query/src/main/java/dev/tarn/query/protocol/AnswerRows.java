package dev.tarn.query.protocol;

import dev.tarn.core.project.ResultEncoding;
import java.nio.ByteBuffer;
import java.util.List;

/// The rows of one answer.
sealed interface AnswerRows {
    /// The memory that they take.
    int bytes();

    /// As a JSON array in the answer.
    record Plain(ByteBuffer json) implements AnswerRows {
        @Override
        public int bytes() {
            return json.limit();
        }
    }

    /// As segments, for a client that asked for an encoding.
    record Encoded(ResultEncoding encoding, List<Segment> segments) implements AnswerRows {
        @Override
        public int bytes() {
            return segments.stream()
                    .mapToInt(segment -> segment instanceof Segment.Inline inline
                            ? inline.data().limit()
                            : 0)
                    .sum();
        }
    }
}
