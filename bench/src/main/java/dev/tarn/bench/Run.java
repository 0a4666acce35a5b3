package dev.tarn.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/// One run of a bench: where it may write, its options, and what it found.
public final class Run {
    private static final int SAMPLES = 5;

    private final Path folder;
    private final Map<String, String> options;
    private final List<Figure> figures = new ArrayList<>();
    private final List<Bar> bars = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    Run(Path folder, Map<String, String> options) {
        this.folder = folder;
        this.options = Map.copyOf(options);
    }

    /// A folder of this run's own on the disk that is measured, deleted afterwards.
    public Path folder() {
        return folder;
    }

    /// A folder that stays from run to run, for data that is expensive to make.
    public Path cache() {
        return folder.resolveSibling("cache");
    }

    /// The value of `--name=value`, or the default.
    public String option(String name, String otherwise) {
        return Optional.ofNullable(options.get(name)).orElse(otherwise);
    }

    /// The value of `--name=value` as a number, or the default.
    public long option(String name, long otherwise) {
        return Optional.ofNullable(options.get(name)).map(Long::parseLong).orElse(otherwise);
    }

    /// How many samples a figure takes: 5, or `--samples=N`.
    public int samples() {
        return Math.toIntExact(option("samples", SAMPLES));
    }

    /// Adds a figure to the results and returns it.
    public Figure add(Figure figure) {
        figures.add(figure);
        System.out.printf("%-60s %12s %s%n", figure.what(), Stats.show(figure.value()), figure.unit());
        return figure;
    }

    /// Adds what was aimed at.
    public void add(Bar bar) {
        bars.add(bar);
        System.out.printf("%-60s %s: %s%n", bar.what(), bar.wanted(), bar.met() ? "met" : "NOT met");
    }

    /// Adds a sentence that a reader of the figures needs.
    public void note(String sentence) {
        notes.add(sentence);
        System.out.println(sentence);
    }

    /// Milliseconds of one call.
    public static double millis(Callable<?> work) throws Exception {
        long start = System.nanoTime();
        work.call();
        return (System.nanoTime() - start) / 1e6;
    }

    /// The median time of a call in milliseconds, after warm-up calls that are not counted.
    public Figure time(String what, int warmUps, Callable<?> work) throws Exception {
        for (int i = 0; i < warmUps; i++) {
            work.call();
        }
        List<Double> samples = new ArrayList<>();
        for (int i = 0; i < samples(); i++) {
            samples.add(millis(work));
        }
        return add(Figure.median(what, "ms", samples));
    }

    /// The median times of two calls, taken in turns, so that what slows the machine slows both.
    ///
    /// @return the first call's figure, then the second's
    public List<Figure> timeInTurns(
            String first, Callable<?> firstWork, String second, Callable<?> secondWork, int warmUps) throws Exception {
        Map<String, Callable<?>> works = new LinkedHashMap<>();
        works.put(first, firstWork);
        works.put(second, secondWork);
        return timeInTurns(works, warmUps);
    }

    /// The median times of several calls by name, taken in turns.
    public List<Figure> timeInTurns(Map<String, Callable<?>> works, int warmUps) throws Exception {
        Map<String, List<Double>> times = new LinkedHashMap<>();
        for (int i = -warmUps; i < samples(); i++) {
            for (Map.Entry<String, Callable<?>> work : works.entrySet()) {
                List<Double> samples = times.computeIfAbsent(work.getKey(), what -> new ArrayList<>());
                double took = millis(work.getValue());
                if (i >= 0) {
                    samples.add(took);
                }
            }
        }
        List<Figure> taken = new ArrayList<>();
        times.forEach((what, samples) -> taken.add(add(Figure.median(what, "ms", samples))));
        return taken;
    }

    List<Figure> figures() {
        return figures;
    }

    List<Bar> bars() {
        return bars;
    }

    List<String> notes() {
        return notes;
    }
}
