package dev.tarn.model.tracking;

import org.jspecify.annotations.Nullable;

/// What a run is, without what it recorded.
///
/// @param status `RUNNING`, `SCHEDULED`, `FINISHED`, `FAILED` or `KILLED`
/// @param stage `active` or `deleted`
public record RunInfo(
        long no,
        String runId,
        long experimentId,
        String name,
        String userId,
        String status,
        long startMs,
        @Nullable Long endMs,
        String artifactUri,
        String stage) {
    public boolean isActive() {
        return stage.equals("active");
    }
}
