package dev.tarn.core.error;

/// Whose turn it is to act on an error.
public enum Blame {
    /// The request or the project's files are wrong; the same input fails again.
    USER(2),
    /// Somebody else changed the same thing first; trying again may succeed.
    CONFLICT(3),
    /// A limit, a full disk, a missing peer; trying again later may succeed.
    RESOURCE(4),
    /// A defect in Tarn; its stack trace is kept.
    INTERNAL(70);

    private final int exitStatus;

    Blame(int exitStatus) {
        this.exitStatus = exitStatus;
    }

    /// The exit status of a command that fails with this blame.
    public int exitStatus() {
        return exitStatus;
    }
}
