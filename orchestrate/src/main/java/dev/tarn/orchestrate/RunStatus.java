package dev.tarn.orchestrate;

/// Where a run stands.
public enum RunStatus {
    /// Under way.
    RUNNING,
    /// Every step succeeded and all they made is visible.
    PUBLISHED,
    /// A step failed, or publishing was refused; nothing became visible.
    FAILED,
    /// Stopped on request; nothing became visible.
    CANCELLED,
    /// Its process died; nothing became visible. Noticed by a later run, which goes on where it stopped.
    LOST,
    /// It was published, and taken back.
    UNDONE
}
