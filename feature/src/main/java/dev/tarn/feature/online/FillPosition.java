package dev.tarn.feature.online;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.Map;
import java.util.TreeMap;

/// How far a space is filled: up to which snapshots, and, in the middle of adding the rows of newer ones, how
/// many of those rows are in. It is written together with the rows, so that none is lost or taken twice.
///
/// @param snapshots of each source table, by `schema.table`
/// @param target the newer snapshots whose rows are being added; empty when none are
/// @param rows how many of those rows are in
record FillPosition(Map<String, Long> snapshots, Map<String, Long> target, long rows) {
    FillPosition {
        snapshots = new TreeMap<>(snapshots);
        target = new TreeMap<>(target);
    }

    /// Filled up to these snapshots, with nothing under way.
    static FillPosition at(Map<String, Long> snapshots) {
        return new FillPosition(snapshots, Map.of(), 0);
    }

    /// Under way to newer snapshots.
    FillPosition towards(Map<String, Long> newer, long rowsDone) {
        return new FillPosition(snapshots, newer, rowsDone);
    }

    /// The newest snapshot's id, or 0.
    long snapshotId() {
        return snapshots.values().stream().mapToLong(Long::longValue).reduce(0, (before, next) -> next);
    }

    /// `table=snapshot table=snapshot > table=snapshot # rows`.
    String text() {
        return side(snapshots) + ">" + side(target) + "#" + rows;
    }

    static FillPosition parse(String text) {
        int arrow = text.indexOf('>');
        int hash = text.indexOf('#');
        if (arrow < 0 || hash < arrow) {
            throw new TarnException(ErrorCode.DATA_CORRUPT, "the online store's position '" + text + "' is unreadable");
        }
        return new FillPosition(
                side(text.substring(0, arrow)),
                side(text.substring(arrow + 1, hash)),
                Long.parseLong(text, hash + 1, text.length(), 10));
    }

    private static String side(Map<String, Long> snapshots) {
        StringBuilder text = new StringBuilder();
        snapshots.forEach((table, snapshot) ->
                text.append(text.isEmpty() ? "" : " ").append(table).append('=').append(snapshot));
        return text.toString();
    }

    private static Map<String, Long> side(String text) {
        Map<String, Long> snapshots = new TreeMap<>();
        for (String part : text.split(" ", -1)) {
            int equals = part.lastIndexOf('=');
            if (equals > 0) {
                snapshots.put(part.substring(0, equals), Long.parseLong(part, equals + 1, part.length(), 10));
            }
        }
        return snapshots;
    }
}
