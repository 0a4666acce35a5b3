package dev.tarn.bench;

import java.util.List;

/// What one run of one bench found: the content of `bench/results/<name>.json`.
///
/// @param command what was typed to get these figures
/// @param day when, as `2026-01-31`
/// @param commit the source's commit, with `+` when there were changes beside it
public record Result(
        String name,
        String title,
        String method,
        String command,
        String day,
        String commit,
        Machine machine,
        List<Figure> figures,
        List<Bar> bars,
        List<String> notes) {
    public Result {
        figures = List.copyOf(figures);
        bars = List.copyOf(bars);
        notes = List.copyOf(notes);
    }
}
