package dev.tarn.transform;

import dev.tarn.core.error.TarnException;
import dev.tarn.transform.context.Invocation;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Target;
import dev.tarn.transform.run.Outcome;
import dev.tarn.transform.run.ProjectRun;
import dev.tarn.transform.run.ProjectRun.Work;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A dbt project in a folder, and what running it on a branch gives. Its `main` runs any folder, to try projects
/// of others.
final class DbtProject {
    private static final Target TARGET = new Target("default", "tarn", "main", 2);

    final Path folder;
    final TestLake lake;
    final String branch;
    final List<String> log = new ArrayList<>();

    DbtProject(Path folder, TestLake lake) {
        this.folder = folder;
        this.lake = lake;
        this.branch = lake.branch();
    }

    DbtProject write(String file, String text) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
        return this;
    }

    Manifest load() {
        return ProjectLoader.load(folder, TARGET, Map.of());
    }

    /// Runs everything, in order; the first failure is thrown.
    Map<String, Outcome> run() {
        return run(false);
    }

    Map<String, Outcome> run(boolean fullRefresh) {
        return run(invocation(LocalDateTime.now(ZoneOffset.UTC), fullRefresh));
    }

    Map<String, Outcome> run(Invocation invocation) {
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        for (Work work : ordered(project(invocation))) {
            outcomes.put(work.node().name(), work.run(branch, TestLake.IDENTITY));
        }
        return outcomes;
    }

    Invocation invocation(LocalDateTime startedAt, boolean fullRefresh) {
        return new Invocation("test", startedAt, fullRefresh, log::add);
    }

    ProjectRun project(boolean fullRefresh) {
        return project(invocation(LocalDateTime.now(ZoneOffset.UTC), fullRefresh));
    }

    ProjectRun project(Invocation invocation) {
        return new ProjectRun(load(), invocation, lake.lake, () -> lake.engine);
    }

    /// Work in an order in which inputs are there.
    static List<Work> ordered(ProjectRun project) {
        List<Work> left = new ArrayList<>(project.works());
        List<Work> ordered = new ArrayList<>();
        Set<String> pending = new LinkedHashSet<>();
        left.forEach(work -> pending.addAll(work.outputs()));
        while (!left.isEmpty()) {
            Work next = left.stream()
                    .filter(work -> work.inputs().stream().noneMatch(pending::contains)
                            && left.stream().noneMatch(other -> work.after().contains(other.name())))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("a circle: " + left));
            left.remove(next);
            pending.removeAll(next.outputs());
            ordered.add(next);
        }
        return ordered;
    }

    List<List<@Nullable Object>> rows(String sql) {
        return lake.rows(branch, sql);
    }

    /// Runs the project in a folder and prints what becomes of each node.
    public static void main(String[] args) throws IOException {
        Path state = Files.createTempDirectory("dbt-project");
        try (TestLake lake = new TestLake(state)) {
            DbtProject project = new DbtProject(Path.of(args[0]).toAbsolutePath(), lake);
            boolean twice = args.length > 1;
            for (int i = 0; i < (twice ? 2 : 1); i++) {
                int failed = 0;
                for (Work work : ordered(project.project(false))) {
                    try {
                        Outcome outcome = work.run(project.branch, TestLake.IDENTITY);
                        System.out.println(
                                "ok    " + work.node().name() + ": " + outcome.message() + " " + outcome.rows());
                    } catch (TarnException e) {
                        failed++;
                        System.out.println("FAIL  " + work.node().name() + ": " + e.describe());
                    }
                }
                System.out.println(failed + " failed");
                project.log.forEach(line -> System.out.println("log   " + line));
            }
        }
    }
}
