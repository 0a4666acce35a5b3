package dev.tarn.interop.differential;

import dev.tarn.interop.differential.Comparison.Outcome;
import io.trino.sql.parser.ParsingException;
import io.trino.sql.parser.SqlParser;
import io.trino.sql.tree.Query;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/// Runs statements on real Trino and on Tarn.
///
/// @param trino the reference
/// @param tarn what is proved
public record Differential(Engine trino, Engine tarn) {
    private static final SqlParser PARSER = new SqlParser();
    private static final int DIFFERENCES_MAX = 200;

    /// One statement that the engines answer differently, as small as it was made.
    public record Difference(String statement, String what, Answer trino, Answer tarn) {
        @Override
        public String toString() {
            return statement + "\n    " + what + "\n    Trino: " + trino + "\n    Tarn: " + tarn + "\n";
        }
    }

    /// What a number of statements showed.
    ///
    /// @param same the same answer, `failed` of them the same error
    /// @param noReference how often Trino failed by a defect of its own
    /// @param refused how often Tarn refused with which message
    public record Report(
            long same, long failed, long noReference, Map<String, Long> refused, List<Difference> differences) {
        /// How many statements Tarn refused.
        public long refusals() {
            return refused.values().stream().mapToLong(Long::longValue).sum();
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(
                    "%d the same (%d of them the same error), %d refused, %d without a reference, %d different\n"
                            .formatted(same, failed, refusals(), noReference, differences.size()));
            refused.entrySet().stream()
                    .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                    .forEach(entry -> text.append("refused ")
                            .append(entry.getValue())
                            .append(" times: ")
                            .append(entry.getKey())
                            .append('\n'));
            differences.forEach(difference -> text.append("\n").append(difference));
            return text.toString();
        }
    }

    /// Runs one statement on both.
    public Outcome run(String statement) throws IOException, InterruptedException {
        return Comparison.compare(trino.run(statement), tarn.run(statement), isOrdered(statement));
    }

    /// Runs statements one after the other.
    public Report run(List<String> statements) throws IOException, InterruptedException {
        Counts counts = new Counts();
        for (String statement : statements) {
            Answer expected = trino.run(statement);
            Answer actual = tarn.run(statement);
            counts.add(statement, Comparison.compare(expected, actual, isOrdered(statement)), expected, actual);
        }
        return counts.report();
    }

    /// Runs statements that build on each other, up to the first change that Tarn refuses: after it the
    /// engines' tables are no longer the same.
    public Report runUntilRefusedChange(List<String> statements) throws IOException, InterruptedException {
        Counts counts = new Counts();
        for (String statement : statements) {
            Answer expected = trino.run(statement);
            Answer actual = tarn.run(statement);
            Outcome outcome = Comparison.compare(expected, actual, isOrdered(statement));
            counts.add(statement, outcome, expected, actual);
            if (outcome instanceof Outcome.Refused
                    && expected instanceof Answer.Rows rows
                    && rows.updateType() != null) {
                break;
            }
        }
        return counts.report();
    }

    /// Runs generated statements, several at a time, and shrinks those that differ.
    ///
    /// @param from the first seed
    /// @param atMost no statement is begun after this time
    public Report generated(long from, long statements, int threads, Duration atMost) throws Exception {
        Counts counts = new Counts();
        long deadline = System.nanoTime() + atMost.toNanos();
        AtomicLong next = new AtomicLong(from);
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                workers.add(pool.submit(() -> {
                    for (long seed = next.getAndIncrement();
                            seed < from + statements
                                    && counts.differences() < DIFFERENCES_MAX
                                    && System.nanoTime() < deadline;
                            seed = next.getAndIncrement()) {
                        generated(seed, counts);
                    }
                    return null;
                }));
            }
            for (Future<?> worker : workers) {
                worker.get();
            }
        }
        System.out.printf(
                "Trino took %d s of its threads, Tarn %d s%n",
                trino.spent().sum() / 1_000_000_000, tarn.spent().sum() / 1_000_000_000);
        return counts.report();
    }

    private void generated(long seed, Counts counts) throws IOException, InterruptedException {
        Statement statement = Generator.statement(seed);
        Outcome outcome = run(statement);
        if (outcome instanceof Outcome.Different) {
            Statement smallest = Shrinker.shrink(statement, smaller -> run(smaller) instanceof Outcome.Different);
            Answer expected = trino.run(smallest.sql());
            Answer actual = tarn.run(smallest.sql());
            counts.add(
                    "-- seed " + seed + "\n" + smallest.sql(),
                    Comparison.compare(expected, actual, smallest.ordered()),
                    expected,
                    actual);
        } else {
            counts.add(statement.sql(), outcome);
        }
    }

    private Outcome run(Statement statement) throws IOException, InterruptedException {
        String sql = statement.sql();
        return Comparison.compare(trino.run(sql), tarn.run(sql), statement.ordered());
    }

    private static boolean isOrdered(String statement) {
        try {
            return PARSER.createStatement(statement) instanceof Query query
                    && (query.getOrderBy().isPresent()
                            || (query.getQueryBody() instanceof io.trino.sql.tree.QuerySpecification body
                                    && body.getOrderBy().isPresent()));
        } catch (ParsingException e) {
            return false;
        }
    }

    /// Collects outcomes from several threads.
    private static final class Counts {
        private long same;
        private long failed;
        private long noReference;
        private final Map<String, Long> refused = new TreeMap<>();
        private final List<Difference> differences = new ArrayList<>();

        synchronized void add(String statement, Outcome outcome, Answer expected, Answer actual) {
            if (outcome instanceof Outcome.Different(String what)) {
                differences.add(new Difference(statement, what, expected, actual));
            } else {
                add(statement, outcome);
            }
        }

        synchronized void add(String statement, Outcome outcome) {
            switch (outcome) {
                case Outcome.Same(boolean bothFailed) -> {
                    same++;
                    failed += bothFailed ? 1 : 0;
                }
                case Outcome.Refused(String message) -> refused.merge(message, 1L, Long::sum);
                case Outcome.NoReference _ -> noReference++;
                case Outcome.Different _ ->
                    throw new IllegalStateException("a difference without answers: " + statement);
            }
        }

        synchronized int differences() {
            return differences.size();
        }

        synchronized Report report() {
            return new Report(same, failed, noReference, new TreeMap<>(refused), List.copyOf(differences));
        }
    }
}
