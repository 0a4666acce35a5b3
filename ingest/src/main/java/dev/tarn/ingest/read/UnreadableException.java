package dev.tarn.ingest.read;

import java.io.IOException;

/// A file that is not what its format says, as a whole: cut off, damaged, or not of the format.
public final class UnreadableException extends IOException {
    private static final long serialVersionUID = 1L;

    public UnreadableException(String message) {
        super(message);
    }
}
