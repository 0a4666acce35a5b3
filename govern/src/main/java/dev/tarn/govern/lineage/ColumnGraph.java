package dev.tarn.govern.lineage;

import dev.tarn.query.lineage.ColumnLineage;
import dev.tarn.query.lineage.ColumnLineage.Input;
import dev.tarn.query.lineage.ColumnLineage.Use;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// All columns of a project with what flows between them.
public final class ColumnGraph {
    private final Map<Column, Set<Edge>> into = new HashMap<>();
    private final Map<Column, Set<Edge>> outOf = new HashMap<>();
    private final Map<String, Set<String>> columns = new LinkedHashMap<>();

    /// A column of a table, a view or a file.
    ///
    /// @param table `schema.name`, or the path or pattern of files
    /// @param name in small letters
    public record Column(String table, String name) implements Comparable<Column> {
        public Column {
            name = name.toLowerCase(Locale.ROOT);
        }

        @Override
        public int compareTo(Column other) {
            int byTable = table.compareTo(other.table);
            return byTable != 0 ? byTable : name.compareTo(other.name);
        }

        @Override
        public String toString() {
            return table + "." + name;
        }
    }

    /// What one column does for another.
    public record Edge(Column from, Column to, Use use) implements Comparable<Edge> {
        @Override
        public int compareTo(Edge other) {
            // Values come before what merely decides.
            int byUse = use.compareTo(other.use);
            int byFrom = byUse != 0 ? byUse : from.compareTo(other.from);
            return byFrom != 0 ? byFrom : to.compareTo(other.to);
        }
    }

    /// A column that is reached from another.
    ///
    /// @param steps how many tables away, from 1
    /// @param edge the last step of a shortest way there
    /// @param direct whether values flow on some way there, rather than only decisions
    public record Reached(Column column, int steps, Edge edge, boolean direct) {}

    /// Which way to follow.
    public enum Direction {
        /// To what a column is made of.
        UP,
        /// To what is made of it.
        DOWN
    }

    /// @param tables where the columns of each table come from, by the table's name
    public static ColumnGraph of(Map<String, ColumnLineage> tables) {
        ColumnGraph graph = new ColumnGraph();
        tables.forEach(graph::add);
        return graph;
    }

    private void add(String table, ColumnLineage lineage) {
        for (ColumnLineage.Output output : lineage.columns()) {
            Column to = new Column(table, output.name());
            know(to);
            output.inputs().forEach(input -> add(input, to));
            lineage.deciding().forEach(input -> add(input, to));
        }
    }

    private void add(Input input, Column to) {
        Column from = new Column(input.table(), input.column());
        know(from);
        Edge edge = new Edge(from, to, input.use());
        into.computeIfAbsent(to, key -> new TreeSet<>()).add(edge);
        outOf.computeIfAbsent(from, key -> new TreeSet<>()).add(edge);
    }

    private void know(Column column) {
        columns.computeIfAbsent(column.table(), key -> new TreeSet<>()).add(column.name());
    }

    /// The tables and files that are known, each with its columns.
    public Map<String, Set<String>> columns() {
        return columns;
    }

    /// What flows into a column or out of it, in one step.
    public Set<Edge> edges(Column column, Direction direction) {
        return switch (direction) {
            case UP -> into.getOrDefault(column, Set.of());
            case DOWN -> outOf.getOrDefault(column, Set.of());
        };
    }

    /// Every column that is reached, nearest first; one that values reach is followed as such.
    ///
    /// @param decisions whether to follow also what merely decides
    public List<Reached> reached(Column start, Direction direction, boolean decisions) {
        Map<Column, Reached> found = new LinkedHashMap<>();
        follow(start, direction, true, found);
        if (decisions) {
            follow(start, direction, false, found);
        }
        List<Reached> all = new ArrayList<>(found.values());
        all.sort(Comparator.comparingInt(Reached::steps));
        return all;
    }

    private void follow(Column start, Direction direction, boolean direct, Map<Column, Reached> found) {
        Deque<Column> waiting = new ArrayDeque<>(List.of(start));
        Map<Column, Integer> steps = new HashMap<>(Map.of(start, 0));
        Set<Column> seen = new HashSet<>(Set.of(start));
        while (!waiting.isEmpty()) {
            Column at = waiting.remove();
            for (Edge edge : edges(at, direction)) {
                Column next = direction == Direction.UP ? edge.from() : edge.to();
                if ((!direct || edge.use().isDirect()) && seen.add(next)) {
                    int far = steps.getOrDefault(at, 0) + 1;
                    steps.put(next, far);
                    found.putIfAbsent(next, new Reached(next, far, edge, direct));
                    waiting.add(next);
                }
            }
        }
    }
}
